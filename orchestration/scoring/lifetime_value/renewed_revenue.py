"""How far the MRR of the next twelve months may stray from what is expected of it.

An expectation is uncertain because its rates are, which the resamples show; what comes to pass differs from it
besides, because customers stay or leave one by one. An interval for the second has to hold both.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from orchestration.scoring.lifetime_value.retention_counts import NRR_MONTHS

Floats = NDArray[np.float64]


def monthly_variance(opening: Floats, closing: Floats, is_lost: NDArray[np.bool_]) -> float:
    """Variance of a month's relative change of MRR of those who stayed, weighted by their MRR.

    Args:
        opening: MRR before each month, shape (months of customers,).
        closing: after it.
        is_lost: who left in it; they say nothing of how much the others change.
    """
    stayed = ~is_lost & (opening > 0) & (closing > 0)
    weight = opening[stayed]
    if not len(weight):
        return 0.0
    change = closing[stayed] / weight
    mean = float((change * weight).sum() / weight.sum())
    return float(((change - mean) ** 2 * weight).sum() / weight.sum())


def outcome_variance(
    mrr: Floats, survival: Floats, expected: Floats, change_variance: float
) -> Floats:
    """Variance of each customer's MRR after twelve months.

    Args:
        mrr: of today.
        survival: chance to be still there.
        expected: MRR then over today's, of a customer who may have left.
        change_variance: `monthly_variance`.
    """
    grown = np.divide(expected, survival, out=np.zeros_like(expected), where=survival > 0)
    spread = survival * (1 - survival) + survival * NRR_MONTHS * change_variance
    variance: Floats = (mrr * grown) ** 2 * spread
    return variance


def outcomes(expected: Floats, variance: float, seed: int) -> Floats:
    """What might come to pass: each resample's expectation with a draw of the noise around it."""
    generator = np.random.Generator(np.random.PCG64(seed))
    drawn: Floats = expected + np.sqrt(variance) * generator.standard_normal(len(expected))
    return np.maximum(drawn, 0)
