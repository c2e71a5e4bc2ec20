"""Smooths weekly scores: an exponentially weighted mean over a customer's last unbroken weeks.

The window is finite, so that the score of a day is the same whether its past was scored in one go or
week by week. Works on matrices of customers × snapshots, in whole units of a point.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]


def smooth(raw: Matrix, weight: float, snapshots: int) -> Matrix:
    """s(t) = weight · x(t) + (1 − weight) · s(t − 1 week), begun with the oldest x of the window.

    Args:
        raw: customers × consecutive weeks; NaN where there is no score.
        weight: of the newest week, 0–1.
        snapshots: length of the window in weeks, this one included.

    Returns:
        The same shape, rounded half up to whole units. A week without a score breaks the window.
    """
    smoothed = np.full(raw.shape, np.nan)
    for week in range(raw.shape[1]):
        state = np.full(len(raw), np.nan)
        for earlier in range(max(0, week - snapshots + 1), week + 1):
            value = raw[:, earlier]
            state = np.where(np.isnan(state), value, weight * value + (1 - weight) * state)
        smoothed[:, week] = np.floor(state + 0.5)
    return smoothed


def slope(scores: Matrix, weeks: int, at_least: int) -> Matrix:
    """Least-squares change per week over each week and the `weeks` before it; NaN under `at_least` scores."""
    slopes = np.full(scores.shape, np.nan)
    for week in range(scores.shape[1]):
        window = scores[:, max(0, week - weeks) : week + 1]
        known = ~np.isnan(window)
        count = known.sum(axis=1)
        time = np.where(known, np.arange(window.shape[1], dtype=np.float64), 0)
        value = np.nan_to_num(window)
        with np.errstate(divide="ignore", invalid="ignore"):
            covariance = (time * value).sum(axis=1) - time.sum(axis=1) * value.sum(axis=1) / count
            variance = (time * time).sum(axis=1) - time.sum(axis=1) ** 2 / count
            slopes[:, week] = np.where(count >= at_least, covariance / variance, np.nan)
    return slopes
