"""Scores of a run's day beside what is true of the customers, and every figure of the goals.

Only who pays and has not given notice is looked at. What a figure means stands in `health_figures`.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from orchestration.ingestion.simulation.ceiling import ceiling_auc, expected_auc
from orchestration.ingestion.simulation.futures import HORIZONS
from tests.benchmarks import health_figures as figures

GREEN_SHARE = 0.7
MOVED_POINTS = 10
SCORED = Path(__file__).parent / "health.sql"
# What is aimed at, by figure; written beside it.
GOALS = {
    "accounts_moving": "≤ 0.05",
    "card_and_gate_signal_30d": "≥ 0.80",
    "card_and_gate_signal_90d": "≥ 0.80",
    "auc_to_ceiling_30d": "≥ 0.965",
    "auc_to_ceiling_90d": "≥ 0.96",
    **{f"auc_to_ceiling_can_leave_{days}d": "≥ 0.92" for days in HORIZONS},
    "lift_30d": "≥ 5.8",
    "lift_90d": "≥ 4.3",
    **{f"ece_{days}d": "≤ 0.010" for days in HORIZONS},
    **{f"observed_to_expected_{days}d": "0.90 to 1.10" for days in HORIZONS},
    **{f"slope_{days}d": "0.90 to 1.15" for days in HORIZONS},
    **{f"green_churners_{days}d": "≤ 0.20" for days in HORIZONS},
    **{f"top_1_reason_{days}d": "≥ 0.50" for days in HORIZONS},
    **{f"top_2_reasons_{days}d": "≥ 0.70" for days in HORIZONS},
    "clv_total_error": "≤ 0.10, mean of the seeds ≤ 0.05",
    "clv_spearman": "≥ 0.97",
    "nrr_12_months_error": "≤ 0.025",
    "clv_interval_covers": "80 to 100 % of ten seeds",
}


def read_scored(warehouse: Path, truth: Path, as_of: datetime) -> pd.DataFrame:
    """A row per customer who pays and has not given notice: scores and what is true.

    Raises:
        AssertionError: fewer than nine in ten of those whose truth is known were scored.
    """
    with duckdb.connect() as connection:
        connection.execute(f"attach '{warehouse}' as warehouse (read_only)")
        connection.execute("set variable as_of = ?::timestamp", [as_of])
        connection.execute(f"create view truth as from read_parquet('{truth}')")
        scored = connection.execute(SCORED.read_text(encoding="utf-8")).df()
        known = connection.execute(
            "select count(*) from truth where week_start = getvariable('as_of')"
        ).fetchone()
    assert known is not None
    assert len(scored) > 0.9 * known[0], f"{len(scored)} of {known[0]} customers were scored"
    return scored


def measured(scored: pd.DataFrame) -> dict[str, float]:
    """Every figure by name, first those of the whole card, then by horizon."""
    found = _of_movement(scored)
    for days in HORIZONS:
        found |= {f"{name}_{days}d": value for name, value in _of_horizon(scored, days).items()}
        found |= {f"{name}_{days}d": value for name, value in _of_reasons(scored, days).items()}
    return found


def _of_movement(scored: pd.DataFrame) -> dict[str, float]:
    moved = (scored["health_score"] - scored["health_score_before"]).abs().dropna()
    return {"accounts_moving": float((moved > MOVED_POINTS).mean())}


def _of_horizon(scored: pd.DataFrame, days: int) -> dict[str, float]:
    has_score = scored["health_score"].notna()
    known = scored[has_score]
    true = known[f"p_churn_{days}d"].to_numpy(dtype=np.float64)
    can = known[f"can_leave_{days}d"].to_numpy(dtype=bool)
    card = -known["health_score"].to_numpy(dtype=np.float64)
    # Who cannot leave within the horizon comes after all who can.
    gated = np.where(known[f"can_leave_within_{days}"].fillna(True).astype(bool), card, card - 1000)
    found = {
        "ceiling": ceiling_auc(true),
        "ceiling_can_leave": ceiling_auc(true[can]),
        "share_that_can_leave": float(can.mean()),
        "card_auc": expected_auc(card, true),
        "card_and_gate_auc": expected_auc(gated, true),
        "card_auc_can_leave": expected_auc(card[can], true[can]),
        "card_signal": figures.of_signal(card, true),
        "card_and_gate_signal": figures.of_signal(gated, true),
        "card_and_gate_lift": figures.lift(gated, true),
        "card_and_gate_green_churners": figures.share_of_churners(
            figures.lowest(gated, GREEN_SHARE), true
        ),
    }
    return found | _of_probability(scored, days)


def _of_probability(scored: pd.DataFrame, days: int) -> dict[str, float]:
    known = scored[scored[f"churn_probability_{days}"].notna()]
    found = {"published": float(len(known) / len(scored))}
    if known.empty:
        return found
    true = known[f"p_churn_{days}d"].to_numpy(dtype=np.float64)
    can = known[f"can_leave_{days}d"].to_numpy(dtype=bool)
    predicted = known[f"churn_probability_{days}"].to_numpy(dtype=np.float64)
    return found | {
        "auc_to_ceiling": figures.of_ceiling(predicted, true),
        "auc_to_ceiling_can_leave": figures.of_ceiling(predicted[can], true[can]),
        "lift": figures.lift(predicted, true),
        "ece": figures.expected_calibration_error(predicted, true),
        "observed_to_expected": figures.observed_over_expected(predicted, true),
        "slope": figures.calibration_slope(predicted, true),
        "green_churners": figures.share_of_churners(figures.lowest(predicted, GREEN_SHARE), true),
    }


def _of_reasons(scored: pd.DataFrame, days: int) -> dict[str, float]:
    """Of customers outside green who have a true driver: is it the first reason, or one of two?"""
    probability = scored[f"churn_probability_{days}"]
    if probability.isna().all():
        return {}
    known = scored[probability.notna()]
    risky = ~figures.lowest(known[f"churn_probability_{days}"].to_numpy(), GREEN_SHARE)
    asked = known[risky & known["true_driver"].notna().to_numpy()]
    named = asked[[f"reason_1_{days}", f"reason_2_{days}"]].to_numpy(dtype=object)
    driver = asked["true_driver"].to_numpy(dtype=object)
    return {
        "top_1_reason": figures.hit_rate(named[:, :1], driver),
        "top_2_reasons": figures.hit_rate(named, driver),
    }
