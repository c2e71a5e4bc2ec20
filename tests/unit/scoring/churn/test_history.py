"""Past months are scored by models of their time, are appended once, and are held against what came true."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest

from orchestration.scoring.churn.history import months_to_score, walk_forward
from orchestration.scoring.churn.monitor import calibration_by_month
from orchestration.scoring.churn.settings import ChurnSettings
from orchestration.scoring.churn.train import sampled
from orchestration.scoring.warehouse.churn import score_churn
from orchestration.scoring.warehouse.tables import create_tables
from tests.unit.scoring.card.small_card import published_card
from tests.unit.scoring.churn.churn_warehouse import write_company
from tests.unit.scoring.churn.small_company import Company, as_of, snapshots_of

CARD = published_card()
SETTINGS = ChurnSettings(bootstrap_samples=30, backfill_months=3)
COMPANY = Company(accounts=150, months=16, annual_share=0.2)
MONTHS = [date(2024, month, 1) for month in range(1, 7)]


def test_a_first_run_scores_the_newest_months_and_later_runs_only_what_is_new() -> None:
    day = date(2024, 6, 15)
    assert months_to_score(MONTHS, [], day, 3) == MONTHS[-3:]
    assert months_to_score(MONTHS, [], day, 0) == []
    assert months_to_score(MONTHS, [date(2024, 4, 20)], day, 3) == MONTHS[4:]
    assert months_to_score(MONTHS, [day], day, 3) == []
    # A month start that is the run's own day is not the past, and an old gap stays a gap.
    assert months_to_score(MONTHS, [date(2024, 5, 31)], date(2024, 6, 1), 3) == []
    assert months_to_score(MONTHS, [MONTHS[0], MONTHS[4]], day, 3) == [MONTHS[5]]


def test_a_backfilled_month_is_what_a_run_of_that_month_would_have_said() -> None:
    rows = snapshots_of(COMPANY, CARD)
    month = date(2022, 12, 1)
    known_then = rows[rows["as_of_date"] <= pd.Timestamp(month)].copy()
    for days in (30, 90):
        ends = known_then["as_of_date"] + pd.Timedelta(days=days)
        known_then[f"is_observed_{days}"] = ends <= pd.Timestamp(month)
        known_then.loc[ends > pd.Timestamp(month), f"churned_within_{days}"] = pd.NA
    now = pd.concat([part.rows for part in walk_forward(rows, [month], CARD, SETTINGS)])
    then = pd.concat([part.rows for part in walk_forward(known_then, [month], CARD, SETTINGS)])
    pd.testing.assert_frame_equal(now, then, check_exact=True)


def test_accounts_are_drawn_whole_whatever_the_order() -> None:
    rows = snapshots_of(Company(accounts=400, months=10), CARD)
    few = ChurnSettings(maximum_training_rows=len(rows) // 4)
    drawn = sampled(rows, few)
    assert 0.1 * len(rows) < len(drawn) < 0.4 * len(rows)
    kept = rows[rows["customer_id"].isin(drawn["customer_id"])]
    pd.testing.assert_frame_equal(drawn, kept)
    again = sampled(rows.sample(frac=1, random_state=1), few)
    pd.testing.assert_frame_equal(again.sort_index(), drawn)


def predictions(chance: float, count: int, months: list[date]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "customer_id": f"c{k}",
                "as_of_date": pd.Timestamp(month),
                "horizon_days": 30,
                "churn_probability": chance,
            }
            for month in months
            for k in range(count)
        ]
    )


@pytest.mark.parametrize(("rate", "drifts"), [(0.10, False), (0.17, True), (0.04, True)])
def test_a_hazard_that_drifts_is_seen(rate: float, drifts: bool) -> None:
    settings = ChurnSettings(horizons=(30,))
    said = predictions(0.10, 400, MONTHS)
    leaves = said["customer_id"].str[1:].astype(int) < rate * 400
    came = said[["customer_id", "as_of_date"]].assign(churned_within_30=leaves)
    months = calibration_by_month(said, came, settings)
    assert len(months) == len(MONTHS)
    assert months["expected_churner_count"].to_numpy() == pytest.approx(40)
    assert months["observed_to_expected_ratio"].to_numpy() == pytest.approx(rate / 0.10)
    assert bool(months["is_drifting"].iloc[-1]) == drifts


def test_what_is_not_observed_yet_or_was_withheld_is_not_judged() -> None:
    settings = ChurnSettings(horizons=(30,))
    said = predictions(0.1, 10, MONTHS[:3])
    said.loc[said["as_of_date"] == pd.Timestamp(MONTHS[0]), "churn_probability"] = np.nan
    came = said[["customer_id", "as_of_date"]].assign(
        churned_within_30=pd.array([False] * 20 + [pd.NA] * 10, dtype="boolean")
    )
    months = calibration_by_month(said, came, settings)
    assert months["as_of_date"].tolist() == [pd.Timestamp(MONTHS[1])]


def rows_of(path: Path, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def test_a_warehouse_is_scored_once_and_history_stays(tmp_path: Path) -> None:
    path = write_company(tmp_path / "tenure.duckdb", COMPANY)
    first = score_churn(path, SETTINGS)
    assert first.months_backfilled == 3
    assert first.predicted_customers > 20
    day = as_of(COMPANY)
    sql = "select distinct as_of_date, is_backfilled from scores.fct_churn_probability order by 1"
    months = [date(2023, month, 1) for month in (2, 3, 4)]
    assert rows_of(path, sql) == [*((month, True) for month in months), (day, False)]
    assert rows_of(path, "select count(*) from scores.fct_churn_model") == [(8,)]
    everything = "from scores.fct_churn_probability order by all"
    before = rows_of(path, everything)
    again = score_churn(path, SETTINGS)
    assert (again.predicted_customers, again.months_backfilled) == (0, 0)
    assert rows_of(path, everything) == before

    late = (
        "select max(training_to + to_days(horizon_days) - as_of_date) from scores.fct_churn_model"
    )
    assert rows_of(path, late)[0][0] <= timedelta(0)


def test_conflicts_are_with_the_scores_that_were_published(tmp_path: Path) -> None:
    """Whatever the day's own measures say: who was told to be red and is safe, is in conflict."""
    path = write_company(tmp_path / "tenure.duckdb", Company(accounts=500, gaps=0.1))
    day = as_of(Company())
    with duckdb.connect(str(path)) as connection:
        create_tables(connection)
        connection.execute(
            """
            insert into scores.fct_health_scores by name
            select customer_id, as_of_date, 20 as health_score, 1.0 as coverage_rate, 'red' as health_band,
                'established' as profile, 'scored' as status, false as is_reconstructed, 'v1' as card_version
            from intermediate.int_health_card_inputs where as_of_date = ?
            """,
            [day],
        )
    score_churn(path, ChurnSettings(bootstrap_samples=30, backfill_months=1))
    found = rows_of(
        path,
        "select distinct is_backfilled, churn_band = 'green', conflict_flag, reason_source "
        "from scores.fct_churn_probability where status = 'published' order by all",
    )
    assert found == [
        (False, False, False, "model"),
        (False, True, True, "card"),
        (True, False, False, "model"),
        (True, True, False, "model"),
    ]


def test_a_failure_writes_nothing(tmp_path: Path) -> None:
    path = write_company(tmp_path / "tenure.duckdb", COMPANY)
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "update intermediate.int_health_card_inputs set last_nps_score = 'inf'::double"
        )
    with pytest.raises(ValueError, match="last_nps_score is infinite"):
        score_churn(path, SETTINGS)
    assert rows_of(path, "select 1 from duckdb_schemas() where schema_name = 'scores'") == []
