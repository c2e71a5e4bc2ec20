"""Explains a raw score point by point: what each metric cost, adding up exactly to 100 − the score."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from orchestration.scoring.card.definition import CardDefinition
from orchestration.scoring.card.points import UNITS_PER_POINT, share_out, to_points, to_units
from orchestration.scoring.card.raw import RawScores
from orchestration.scoring.card.weighting import Matrix

POINT_COLUMNS = [
    "customer_id",
    "as_of_date",
    "component",
    "metric",
    "metric_label",
    "metric_value",
    "at_0",
    "at_100",
    "metric_score",
    "effective_weight",
    "points_lost",
    "missing_reason",
    "source_name",
    "source_fresh_at",
    "card_version",
]


def explain(raw: RawScores, card: CardDefinition) -> pd.DataFrame:
    """One row per customer, snapshot and metric that counts in the customer's profile.

    `points_lost` refers to the raw score, before smoothing and caps. A missing metric has no value, weight
    0, loses 0 points and says why: 'no source' (nothing had ever arrived) or 'no events'. Where the score
    itself is NULL, weight and points are NULL.
    """
    # Row by row, and in each row in the order of the metrics: already ordered by the table's key.
    rows, columns = np.nonzero(raw.weights.nominal > 0)
    metrics = card.metrics
    frame = raw.frame
    effective = np.where(np.isnan(raw.units)[:, np.newaxis], np.nan, raw.weights.effective)
    has_source = _by_metric(frame, [f"has_{metric.source}_source" for metric in metrics])
    fresh_at = _by_metric(frame, [f"{metric.source}_fresh_at" for metric in metrics])
    is_missing = pd.Series(np.isnan(raw.values[rows, columns]))
    reason = _words(["no source", "no events"], has_source[rows, columns].astype(np.intp))
    return pd.DataFrame(
        {
            "customer_id": frame["customer_id"].array.take(rows),
            "as_of_date": frame["as_of_date"].array.take(rows),
            "component": _words([metric.component for metric in metrics], columns),
            "metric": _words([metric.name for metric in metrics], columns),
            "metric_label": _words([metric.label for metric in metrics], columns),
            "metric_value": raw.values[rows, columns],
            "at_0": np.array([metric.at_0 for metric in metrics], dtype=np.float64)[columns],
            "at_100": np.array([metric.at_100 for metric in metrics], dtype=np.float64)[columns],
            "metric_score": to_points(to_units(raw.metric_scores[rows, columns])),
            "effective_weight": effective[rows, columns],
            "points_lost": to_points(_lost_units(raw)[rows, columns]),
            "missing_reason": reason.where(is_missing),
            "source_name": _words([metric.source for metric in metrics], columns),
            "source_fresh_at": fresh_at[rows, columns],
            "card_version": _words([card.version], np.zeros_like(columns)),
        }
    )[POINT_COLUMNS]


def _by_metric(frame: pd.DataFrame, columns: list[str]) -> NDArray[Any]:
    return np.stack([frame[column].to_numpy() for column in columns], axis=1)


def _words(words: list[str], positions: NDArray[np.intp]) -> pd.Series:
    return pd.Series(pd.array(words, dtype="str").take(positions))


def _lost_units(raw: RawScores) -> Matrix:
    shortfall = 100 - np.where(raw.weights.effective > 0, raw.metric_scores, 100)
    exact = raw.weights.effective * shortfall * UNITS_PER_POINT
    has_score = ~np.isnan(raw.units)
    exact[~has_score] = 0
    lost = share_out(exact, np.where(has_score, 100 * UNITS_PER_POINT - raw.units, 0))
    lost[~has_score] = np.nan
    return lost
