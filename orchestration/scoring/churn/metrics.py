"""How good probabilities are, from predictions and what came true. Rows may have weights, for a bootstrap.

Predictions are grouped by value first (`Groups`): every figure is then a sum over groups, whatever the
number of rows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from orchestration.scoring.churn.snapshots import Bools, Floats

CALIBRATION_BINS = 10
TINY = 1e-12


@dataclass(frozen=True)
class Groups:
    """Rows by value of their prediction.

    Attributes:
        number: group of each row; groups stand in rising order of the prediction.
        logits: mean logit of each group.
    """

    number: NDArray[np.intp]
    logits: Floats

    @classmethod
    def of(cls, logits: Floats, at_most: int | None = None) -> Groups:
        """One group per distinct value, or `at_most` groups of equal size where values are many."""
        values, number = np.unique(logits, return_inverse=True)
        if at_most is not None and len(values) > at_most:
            counts = np.bincount(number)
            before = np.cumsum(counts) - counts
            merged = before * at_most // len(logits)
            number = np.unique(merged, return_inverse=True)[1][number]
            values = np.bincount(number, logits) / np.bincount(number)
        return cls(np.asarray(number, dtype=np.intp), np.asarray(values, dtype=np.float64))

    def sums(self, values: Floats) -> Floats:
        """Sum of a value per row over each group."""
        return np.bincount(self.number, values, minlength=len(self.logits)).astype(np.float64)


def auc(all_rows: Floats, left: Floats) -> float:
    """Chance that someone who left was ranked above someone who stayed, ties half (Mann–Whitney).

    Args:
        all_rows: weight of the rows by group, in rising order of the prediction.
        left: weight of those who left.

    Returns:
        NaN where nobody left or nobody stayed.
    """
    stayed = all_rows - left
    total = left.sum() * stayed.sum()
    below = np.cumsum(stayed) - stayed
    return float((left * (below + stayed / 2)).sum() / total) if total > 0 else float("nan")


def average_precision(all_rows: Floats, left: Floats) -> float:
    """Area under precision and recall as a sum of steps (scikit-learn's `average_precision_score`)."""
    if not left.sum() > 0:
        return float("nan")
    found, seen = np.cumsum(left[::-1]), np.cumsum(all_rows[::-1])
    precision = np.divide(found, seen, out=np.zeros_like(found), where=seen > 0)
    return float((precision * left[::-1]).sum() / left.sum())


def calibration_error(all_rows: Floats, left: Floats, logits: Floats) -> float:
    """Expected calibration error: |mean prediction − share that left| over ten bins of equal weight."""
    total = all_rows.sum()
    if not total > 0:
        return float("nan")
    middle = np.cumsum(all_rows) - all_rows / 2
    bins = np.minimum((middle / total * CALIBRATION_BINS).astype(np.intp), CALIBRATION_BINS - 1)
    expected = np.bincount(bins, all_rows / (1 + np.exp(-logits)), CALIBRATION_BINS)
    observed = np.bincount(bins, left, CALIBRATION_BINS)
    return float(np.abs(expected - observed).sum() / total)


def calibration_slope(all_rows: Floats, left: Floats, logits: Floats) -> float:
    """B of logit(y) = a + b · logit(p) by maximum likelihood (Cox); 1 is right, below 1 too extreme."""
    intercept, slope = 0.0, 1.0
    spread = logits[all_rows > 0]
    if not (0 < left.sum() < all_rows.sum()) or spread.max() - spread.min() < 1e-9:
        return float("nan")
    for _ in range(25):
        chance = 1 / (1 + np.exp(-np.clip(intercept + slope * logits, -35, 35)))
        rest, weight = left - all_rows * chance, all_rows * chance * (1 - chance)
        a, b, c = weight.sum(), (weight * logits).sum(), (weight * logits**2).sum()
        determinant = a * c - b * b
        if not determinant > TINY:
            return float("nan")
        u, v = rest.sum(), (rest * logits).sum()
        change = (c * u - b * v) / determinant, (a * v - b * u) / determinant
        intercept, slope = intercept + change[0], slope + change[1]
        if abs(change[0]) + abs(change[1]) < 1e-10:
            break
    return float(slope)


def log_losses(logits: Floats, labels: Floats) -> Floats:
    """−log of the probability given to what came true, per row, in nats."""
    return np.logaddexp(0, np.where(labels == 1, -logits, logits))


def brier_scores(logits: Floats, labels: Floats) -> Floats:
    """Squared difference of probability and outcome, per row."""
    squared: Floats = (1 / (1 + np.exp(-logits)) - labels) ** 2
    return squared


def shares_from_top(scores: Floats, dates: NDArray[np.datetime64]) -> Floats:
    """Share of the rows of the same date that rank at or above each row: ties all count as the last of them."""
    share = np.empty(len(scores))
    order = np.argsort(dates, kind="stable")
    is_first = np.r_[True, dates[order][1:] != dates[order][:-1]][: len(order)]
    for rows in np.split(order, np.flatnonzero(is_first)[1:]):
        ranked = np.sort(-scores[rows])
        share[rows] = np.searchsorted(ranked, -scores[rows], side="right") / len(rows)
    return np.round(share, 9)


def rate_within(weights: Floats, rows: Bools) -> float:
    """Share of a weight that lies in some rows; NaN where there is no weight."""
    total = weights.sum()
    return float(weights[rows].sum() / total) if total > 0 else float("nan")
