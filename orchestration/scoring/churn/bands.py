"""Bands of a snapshot by rank, of the model and of the card, and where the two disagree."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from orchestration.scoring.churn.metrics import shares_from_top
from orchestration.scoring.churn.settings import ChurnSettings
from orchestration.scoring.churn.snapshots import Bools, Floats

NO_BAND, RED, YELLOW, GREEN = range(4)
BANDS: tuple[str | None, ...] = (None, "red", "yellow", "green")


def bands_of(
    risk: Floats, dates: NDArray[np.datetime64], settings: ChurnSettings
) -> NDArray[np.int8]:
    """The top share of each date's risks is red, the next yellow; equal risks share a band.

    Args:
        risk: higher is worse; NaN has no band and doesn't count.
        dates: of each row.
        settings: shares of red and yellow.
    """
    bands = np.zeros(len(risk), dtype=np.int8)
    known = ~np.isnan(risk)
    share = shares_from_top(risk[known], dates[known])
    yellow = round(settings.red_share + settings.yellow_share, 9)
    bands[known] = np.select([share <= settings.red_share, share <= yellow], [RED, YELLOW], GREEN)
    return bands


def conflicts(model: NDArray[np.int8], card: NDArray[np.int8]) -> Bools:
    """One says red where the other says green."""
    differs: Bools = ((model == RED) & (card == GREEN)) | ((model == GREEN) & (card == RED))
    return differs
