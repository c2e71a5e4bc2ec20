"""Turns raw weekly scores into published ones: smoothing, cap, band, change and trend.

Every row names what was done to it: profile, coverage, cap, status, card version.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from orchestration.scoring.card.definition import CardDefinition, CardRules
from orchestration.scoring.card.points import UNITS_PER_POINT, to_points, to_units
from orchestration.scoring.card.smoothing import slope, smooth
from orchestration.scoring.card.weeks import WeekGrid

CHANGE_WEEKS = 4
SLOPE_WEEKS = 12
SLOPE_MINIMUM_SCORES = 5

SCORE_COLUMNS = [
    "customer_id",
    "as_of_date",
    "health_score",
    "health_score_smoothed",
    "health_score_raw",
    "coverage_rate",
    "health_band",
    "health_trend",
    "change_4_weeks",
    "slope_12_weeks",
    "profile",
    "cap_reason",
    "status",
    "card_version",
]


def conclude(
    snapshots: pd.DataFrame, card: CardDefinition, history: pd.DataFrame | None = None
) -> pd.DataFrame:
    """One row per customer and snapshot (`SCORE_COLUMNS`).

    Args:
        snapshots: `RawScores.by_snapshot`, any number of weeks.
        card: its rules.
        history: published scores, which stand in for a second scoring of the same weeks.
    """
    rules = card.rules
    grid = WeekGrid.of(snapshots["customer_id"], snapshots["as_of_date"])
    raw_units = snapshots["raw_units"].to_numpy(dtype=np.float64)
    raw = _published(history, "health_score_raw", grid, grid.spread(raw_units))
    smoothed = grid.gather(smooth(raw, rules.smoothing_weight, rules.smoothing_snapshots))
    smoothed = np.where(np.isnan(raw_units), np.nan, smoothed)

    dunning_days = snapshots["open_dunning_days"].to_numpy(dtype=np.float64, na_value=np.nan)
    cap = float(to_units(np.full(1, rules.dunning_cap_score))[0])
    is_capped = (dunning_days > rules.dunning_cap_days) & (smoothed > cap)
    units = np.where(is_capped, cap, smoothed)

    scores = _published(history, "health_score", grid, grid.spread(units))
    earlier = np.full(scores.shape, np.nan)
    earlier[:, CHANGE_WEEKS:] = scores[:, :-CHANGE_WEEKS]
    change = units - grid.gather(earlier)
    slopes = grid.gather(slope(scores, SLOPE_WEEKS, SLOPE_MINIMUM_SCORES))
    slopes = np.where(np.isnan(units), np.nan, np.floor(slopes + 0.5))

    return pd.DataFrame(
        {
            "customer_id": snapshots["customer_id"].array,
            "as_of_date": snapshots["as_of_date"].array,
            "health_score": to_points(units),
            "health_score_smoothed": to_points(smoothed),
            "health_score_raw": to_points(raw_units),
            "coverage_rate": snapshots["coverage_rate"].array,
            "health_band": _bands(units, snapshots["as_of_date"], rules),
            "health_trend": _trends(change, rules),
            "change_4_weeks": to_points(change),
            "slope_12_weeks": to_points(slopes),
            "profile": snapshots["profile"].array,
            "cap_reason": _cap_reasons(is_capped, dunning_days, rules),
            "status": _words([np.isnan(units)], ["insufficient data"], "scored"),
            "card_version": card.version,
        }
    )[SCORE_COLUMNS]


def _published(
    history: pd.DataFrame | None, column: str, grid: WeekGrid, computed: NDArray[np.float64]
) -> NDArray[np.float64]:
    if history is None or history.empty:
        return computed
    inside, lines, columns = grid.locate(history["customer_id"], history["as_of_date"])
    matrix = computed.copy()
    points = history.loc[inside, column].to_numpy(dtype=np.float64, na_value=np.nan)
    matrix[lines, columns] = to_units(points)
    return matrix


def _bands(units: NDArray[np.float64], dates: pd.Series, rules: CardRules) -> pd.Series:
    """Red: the lowest tenth of a snapshot's scores, yellow: the next fifth; equal scores share a band."""
    scores = pd.Series(units)
    share = scores.groupby(dates.to_numpy()).rank(method="max", pct=True).to_numpy(dtype=np.float64)
    share = np.round(share, 9)
    red, yellow = rules.red_share, round(rules.red_share + rules.yellow_share, 9)
    return _words(
        [np.isnan(share), share <= red, share <= yellow], [None, "red", "yellow"], "green"
    )


def _trends(change: NDArray[np.float64], rules: CardRules) -> pd.Series:
    """Direction of the change over four weeks; within the dead band it is noise."""
    band = rules.trend_dead_band_points * UNITS_PER_POINT
    return _words(
        [np.isnan(change), change > band, change < -band],
        [None, "improving", "declining"],
        "stable",
    )


def _cap_reasons(
    is_capped: NDArray[np.bool_], dunning_days: NDArray[np.float64], rules: CardRules
) -> pd.Series:
    reasons = pd.Series([None] * len(is_capped), dtype="str")
    reasons[is_capped] = [
        f"dunning open for {days:.0f} days, more than {rules.dunning_cap_days}: "
        f"at most {rules.dunning_cap_score:g}"
        for days in dunning_days[is_capped]
    ]
    return reasons


def _words(
    conditions: list[NDArray[np.bool_]], words: list[str | None], otherwise: str
) -> pd.Series:
    choices = [np.array(word, dtype=object) for word in words]
    return pd.Series(np.select(conditions, choices, np.array(otherwise, dtype=object)), dtype="str")
