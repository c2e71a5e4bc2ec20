"""Figures of scores against the true probabilities of a simulated company. Arrays in, numbers out.

Every figure is the expected one: the mean over all outcomes that the true probabilities allow, so that
none depends on who happened to leave.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from orchestration.ingestion.simulation.ceiling import ceiling_auc, expected_auc

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
BINS = 10
NEWTON_STEPS = 50


def of_ceiling(score: Floats, true: Floats) -> float:
    """Expected AUC as a share of the ceiling's."""
    return expected_auc(score, true) / ceiling_auc(true)


def of_signal(score: Floats, true: Floats) -> float:
    """Expected AUC beyond chance as a share of the ceiling's beyond chance."""
    return (expected_auc(score, true) - 0.5) / (ceiling_auc(true) - 0.5)


def lift(score: Floats, true: Floats, share: float = 0.1) -> float:
    """Rate of leaving among the share with the highest scores over that of all."""
    top = np.argsort(-score, kind="stable")[: round(share * len(score))]
    return float(true[top].mean() / true.mean())


def observed_over_expected(predicted: Floats, true: Floats) -> float:
    """Churners that the truth expects for each that was predicted."""
    return float(true.sum() / predicted.sum())


def expected_calibration_error(predicted: Floats, true: Floats) -> float:
    """Mean gap between predicted and true rates in tenths of the customers, ordered by prediction."""
    order = np.argsort(predicted, kind="stable")
    parts = np.array_split(order, BINS)
    gaps = [len(p) * abs(predicted[p].mean() - true[p].mean()) for p in parts if len(p)]
    return float(sum(gaps) / len(predicted))


def calibration_slope(predicted: Floats, true: Floats) -> float:
    """Slope of a logistic regression of leaving on the logit of the prediction; 1 is calibrated.

    Raises:
        ValueError: the regression does not converge.
    """
    clipped = np.clip(predicted, 1e-9, 1 - 1e-9)
    x = np.log(clipped / (1 - clipped))
    intercept, slope = 0.0, 1.0
    for _ in range(NEWTON_STEPS):
        fitted = 1 / (1 + np.exp(-(intercept + slope * x)))
        gap, weight = true - fitted, fitted * (1 - fitted)
        information = np.array(
            [[weight.sum(), (weight * x).sum()], [(weight * x).sum(), (weight * x * x).sum()]]
        )
        step = np.linalg.solve(information, np.array([gap.sum(), (gap * x).sum()]))
        intercept, slope = intercept + step[0], slope + step[1]
        if abs(step).max() < 1e-10:
            return float(slope)
    raise ValueError("the calibration's regression does not converge")


def share_of_churners(chosen: Bools, true: Floats) -> float:
    """Share of all who are expected to leave that is among the chosen."""
    return float(true[chosen].sum() / true.sum())


def lowest(score: Floats, share: float) -> Bools:
    """The share of customers with the lowest scores."""
    chosen = np.zeros(len(score), dtype=bool)
    chosen[np.argsort(score, kind="stable")[: round(share * len(score))]] = True
    return chosen


def hit_rate(named: npt.NDArray[np.object_], true_driver: npt.NDArray[np.object_]) -> float:
    """Share of customers whose true driver is among the named.

    Args:
        named: shape (customers, reasons); None where there is no reason.
        true_driver: shape (customers,).
    """
    return float((named == true_driver[:, None]).any(axis=1).mean())
