"""The share that is still there after each period, from counts, with Greenwood's error.

Kaplan and Meier (1958): S(k) = Π (1 − d_i / n_i); Greenwood (1926): Var S(k) = S(k)² Σ d_i / (n_i (n_i − d_i)).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class SurvivalCurve:
    """After each period: the share still there, and its standard error; NaN where nobody was at risk."""

    survival: Floats
    standard_error: Floats


def survive(at_risk: Floats, lost: Floats) -> SurvivalCurve:
    """Survival after each period.

    Args:
        at_risk: those who entered period 1, 2, … and were watched to its end, shape (periods,).
        lost: those of them who left in it.

    Raises:
        ValueError: a count is negative, or more were lost than were at risk.
    """
    _check(at_risk, lost)
    with np.errstate(divide="ignore", invalid="ignore"):
        survival = np.cumprod(1 - lost / at_risk)
        summed = np.cumsum(lost / (at_risk * (at_risk - lost)))
        # Where all are lost, 0 is certain, though Greenwood's sum is not a number.
        error = np.where(survival > 0, survival * np.sqrt(summed), 0.0)
    reached = np.cumprod(at_risk > 0).astype(bool)
    return SurvivalCurve(np.where(reached, survival, np.nan), np.where(reached, error, np.nan))


def _check(at_risk: Floats, lost: Floats) -> None:
    if at_risk.shape != lost.shape:
        raise ValueError(f"{at_risk.shape} periods at risk, but {lost.shape} with losses")
    if (at_risk < 0).any() or (lost < 0).any() or (lost > at_risk).any():
        period = int(np.argmax((at_risk < 0) | (lost < 0) | (lost > at_risk))) + 1
        raise ValueError(
            f"Period {period}: {lost[period - 1]:g} lost of {at_risk[period - 1]:g} at risk"
        )
