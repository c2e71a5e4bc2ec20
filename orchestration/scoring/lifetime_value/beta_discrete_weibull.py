"""The beta-discrete-Weibull model: the shifted-beta-geometric one whose chances may also change with time.

Fader, Hardie, Liu, Davin and Steenburgh (2018), "How to Project Customer Retention Revisited": the share still
there after k periods is S(k) = B(a, b + k^c) / B(a, b). With c = 1 it is the simpler model; above, a customer
becomes more likely to leave the longer it stays. It has one parameter more to go wrong with, so it serves as a
check: where it says something else, the projection of the simpler model is not to be trusted.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import betaln

Floats = NDArray[np.float64]

MINIMUM_PERIODS = 5
"""Fewer periods do not tell time from difference."""

_BOUNDS = [(-9.2, 11.5), (-9.2, 11.5), (-3.0, 3.0)]


@dataclass(frozen=True)
class WeibullRetention:
    """Fitted parameters; `shape` is c."""

    alpha: float
    beta: float
    shape: float
    log_likelihood: float

    def survival(self, periods: Floats) -> Floats:
        """Share still there after so many periods."""
        return np.exp(_log_survival(periods, self.alpha, self.beta, self.shape))


def fit(at_risk: Floats, lost: Floats) -> WeibullRetention | None:
    """Parameters of the highest likelihood; None with fewer than five periods, or without any who left.

    Args:
        at_risk: those who entered period 1, 2, … and were watched to its end, shape (periods,).
        lost: those of them who left in it.
    """
    if len(at_risk) < MINIMUM_PERIODS or not 0 < lost.sum() < at_risk.sum():
        return None
    ends = np.arange(len(at_risk) + 1, dtype=np.float64)

    def loss(logs: Floats) -> float:
        alpha, beta, shape = np.exp(logs)
        stays = np.diff(_log_survival(ends, alpha, beta, shape))
        with np.errstate(divide="ignore"):
            leaves = np.where(lost > 0, np.log(-np.expm1(np.minimum(stays, -1e-15))), 0.0)
        return -float(((at_risk - lost) * stays + lost * leaves).sum() / at_risk[0])

    mean = float(lost.sum() / at_risk.sum())
    begins = [np.log([4 * mean, 4 * (1 - mean), shape]) for shape in (1.0, 1.5, 0.7)]
    found = [
        minimize(
            loss, begin, method="L-BFGS-B", bounds=_BOUNDS, options={"ftol": 1e-13, "gtol": 1e-9}
        )
        for begin in begins
    ]
    best = min(found, key=lambda result: float(result.fun))
    alpha, beta, shape = (float(value) for value in np.exp(best.x))
    return WeibullRetention(alpha, beta, shape, -float(best.fun) * float(at_risk[0]))


def _log_survival(periods: Floats, alpha: float, beta: float, shape: float) -> Floats:
    ended: Floats = betaln(alpha, beta + periods**shape) - betaln(alpha, beta)
    return ended
