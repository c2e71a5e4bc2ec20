"""How long the risk that sets a customer apart from others lasts, told from how past risks went on.

What sets customers apart is in part for good (a poor fit) and in part of the moment (a bug, a champion who left).
The slope of later on earlier differences of the same customers shows how much is left after each number of months;
a share that stays and a rest that fades with a half-life are fitted to the slopes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]

LAG_COLUMNS = ["lag_months", "pairs", "slope"]
"""One row per number of months between two scores: pairs of scores that far apart, and the slope of the later
score on the earlier one."""

LONGEST_LAG = 12
"""What is for good can't be told from what fades within fewer months."""

MINIMUM_PAIRS = 300
"""With fewer pairs a lag says nothing."""

_HALF_LIVES: Floats = np.arange(0.5, 24.25, 0.25)


@dataclass(frozen=True)
class Fading:
    """What is left of a difference in log hazard.

    persistent: share that stays.
    half_life_months: after so long half of the rest is gone.
    is_measured: told from past scores; else assumed.
    """

    persistent: float
    half_life_months: float
    is_measured: bool

    @classmethod
    def assumed(cls, half_life_months: float) -> Fading:
        """All of a difference fades, where nothing is known."""
        return cls(0.0, half_life_months, is_measured=False)

    def left_after(self, months: float) -> float:
        """Share of today's difference that is left."""
        fading: float = 0.5 ** (months / self.half_life_months)
        return self.persistent + (1 - self.persistent) * fading


def measure_fading(lags: pd.DataFrame, assumed_half_life_months: float) -> Fading:
    """Fading of the past, or the assumed one where scores don't reach far enough back.

    Args:
        lags: `LAG_COLUMNS`.
        assumed_half_life_months: of all of a difference, where nothing is known.
    """
    assumed = Fading.assumed(assumed_half_life_months)
    known = lags[(lags["pairs"] >= MINIMUM_PAIRS) & lags["slope"].notna()]
    if not (known["lag_months"] >= LONGEST_LAG).any():
        return assumed
    lag, slope, weight = known[["lag_months", "slope", "pairs"]].to_numpy(np.float64).T
    best, least = assumed, np.inf
    for half_life in _HALF_LIVES:
        fades = 0.5 ** (lag / half_life)
        # slope = fades + persistent × (1 − fades), so the share is a weighted least-squares slope.
        left = 1 - fades
        share = float((weight * left * (slope - fades)).sum() / (weight * left**2).sum())
        share = min(max(share, 0.0), 1.0)
        error = float((weight * (slope - fades - share * left) ** 2).sum())
        if error < least:
            best, least = Fading(share, float(half_life), is_measured=True), error
    return best
