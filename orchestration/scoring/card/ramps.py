"""Turns a measured value into 0–100 by the straight line between a metric's `at_0` and `at_100`."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from orchestration.scoring.card.definition import CardDefinition


def ramp(values: NDArray[np.float64], card: CardDefinition) -> NDArray[np.float64]:
    """Rows × metrics in 0–100, flat beyond both ends; NaN stays NaN."""
    at_0 = np.array([metric.at_0 for metric in card.metrics])
    at_100 = np.array([metric.at_100 for metric in card.metrics])
    scores: NDArray[np.float64] = 100 * np.clip((values - at_0) / (at_100 - at_0), 0, 1)
    return scores
