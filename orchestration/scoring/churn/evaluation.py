"""Figures of a model on rows that it has not learnt from, each with a bootstrap interval by account.

Accounts are drawn whole: the snapshots of one customer are not independent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from orchestration.scoring.churn.metrics import (
    Groups,
    auc,
    average_precision,
    brier_scores,
    calibration_error,
    calibration_slope,
    log_losses,
    rate_within,
    shares_from_top,
)
from orchestration.scoring.churn.settings import ChurnSettings
from orchestration.scoring.churn.snapshots import Floats, Snapshots

FIGURES = (
    "auc",
    "auc_can_leave",
    "pr_auc",
    "log_loss",
    "brier_score",
    "expected_calibration_error",
    "calibration_slope",
    "observed_to_expected_ratio",
    "lift_at_10",
    "green_churner_rate",
    "log_loss_gain",
)
BOOTSTRAP_GROUPS = 500


@dataclass(frozen=True)
class Figure:
    """A figure and its interval; NaN where it is not defined."""

    value: float
    lower: float
    upper: float


@dataclass(frozen=True)
class Judged:
    """Test rows with the logits of a model and of the contract-only model."""

    snapshots: Snapshots
    horizon: int
    logits: Floats
    contract_logits: Floats


def evaluate(judged: Judged, settings: ChurnSettings) -> dict[str, Figure]:
    """Every figure of `FIGURES` with the interval of `settings.confidence`.

    `log_loss_gain` is what the model saves per row against contract state and tenure alone, in nats;
    `lift_at_10` the share of departures in the top tenth of each snapshot against a tenth;
    `green_churner_rate` the share of departures outside red and yellow.
    """
    exact = _Sums(judged, settings, None)
    point = exact.figures(np.ones(len(judged.logits)))
    accounts = judged.snapshots.accounts
    count = int(accounts[-1]) + 1 if len(accounts) else 0
    grouped = _Sums(judged, settings, BOOTSTRAP_GROUPS)
    generator = np.random.default_rng([settings.seed, judged.horizon])
    drawn = []
    for _ in range(settings.bootstrap_samples if count else 0):
        chosen = np.bincount(generator.integers(0, count, count), minlength=count)
        drawn.append(grouped.figures(chosen[accounts].astype(np.float64)))
    return {name: _with_interval(point[name], drawn, name, settings) for name in FIGURES}


class _Sums:
    def __init__(self, judged: Judged, settings: ChurnSettings, groups: int | None) -> None:
        snapshots, logits = judged.snapshots, judged.logits
        self.labels = snapshots.labels(judged.horizon)
        self.groups = Groups.of(logits, groups)
        self.can_leave = snapshots.can_leave(judged.horizon).astype(np.float64)
        self.loss = log_losses(logits, self.labels)
        self.gain = log_losses(judged.contract_logits, self.labels) - self.loss
        self.brier = brier_scores(logits, self.labels)
        share = shares_from_top(logits, snapshots.dates)
        self.is_top = share <= 0.10
        self.is_green = share > round(settings.red_share + settings.yellow_share, 9)

    def figures(self, weights: Floats) -> dict[str, float]:
        left_rows = weights * self.labels
        rows, left = self.groups.sums(weights), self.groups.sums(left_rows)
        free = self.groups.sums(weights * self.can_leave)
        free_left = self.groups.sums(left_rows * self.can_leave)
        total, logits = weights.sum(), self.groups.logits
        expected = float((rows / (1 + np.exp(-logits))).sum())
        top = rate_within(weights, self.is_top)
        return {
            "auc": auc(rows, left),
            "auc_can_leave": auc(free, free_left),
            "pr_auc": average_precision(rows, left),
            "log_loss": _mean(weights, self.loss, total),
            "brier_score": _mean(weights, self.brier, total),
            "expected_calibration_error": calibration_error(rows, left, logits),
            "calibration_slope": calibration_slope(rows, left, logits),
            "observed_to_expected_ratio": float(left.sum()) / expected if expected else np.nan,
            "lift_at_10": rate_within(left_rows, self.is_top) / top if top else np.nan,
            "green_churner_rate": rate_within(left_rows, self.is_green),
            "log_loss_gain": _mean(weights, self.gain, total),
        }


def _mean(weights: Floats, values: Floats, total: float) -> float:
    return float((weights * values).sum() / total) if total else float("nan")


def _with_interval(
    value: float, drawn: list[dict[str, float]], name: str, settings: ChurnSettings
) -> Figure:
    samples = np.array([sample[name] for sample in drawn], dtype=np.float64)
    samples = samples[~np.isnan(samples)]
    if not len(samples) or np.isnan(value):
        return Figure(value, float("nan"), float("nan"))
    outside = (1 - settings.confidence) / 2
    lower, upper = np.quantile(samples, [outside, 1 - outside])
    return Figure(value, float(lower), float(upper))


def auc_of(scores: Floats, labels: Floats) -> float:
    """AUC of any score where higher is worse."""
    groups = Groups.of(scores)
    return auc(groups.sums(np.ones(len(scores))), groups.sums(labels))


def plain(figures: Mapping[str, Figure]) -> dict[str, float]:
    """Figures as columns `<name>`, `<name>_lower`, `<name>_upper`."""
    columns: dict[str, float] = {}
    for name, figure in figures.items():
        columns |= {
            name: figure.value,
            f"{name}_lower": figure.lower,
            f"{name}_upper": figure.upper,
        }
    return columns
