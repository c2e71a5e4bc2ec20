"""Scoring a warehouse: what is written, what never changes, and that a failure writes nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

from orchestration.scoring.card.definition import CardDefinitionError
from orchestration.scoring.warehouse.health_card import StaleInputsError, score_warehouse
from tests.unit.scoring.card.small_card import SEEDS, inputs, published_card

CARD = published_card()
AS_OF = datetime.fromisoformat("2025-03-31")
SEED_NAMES = ("health_cards", "health_components", "health_metrics", "health_profiles")

Build = Callable[..., Path]


@pytest.fixture
def build(tmp_path: Path) -> Build:
    """Put seeds, weekly inputs of customers a and b, up to an instant, and month starts into a warehouse."""
    path = tmp_path / "tenure.duckdb"

    def build_inputs(
        as_of: datetime = AS_OF, weeks: int = 21, months: Sequence[str] = (), **row: Any
    ) -> Path:
        best = {metric.name: metric.at_100 for metric in CARD.metrics}
        frame = inputs(
            CARD,
            *(
                best | row | {"customer_id": customer, "as_of_date": as_of - timedelta(weeks=week)}
                for customer in "ab"
                for week in range(weeks)
            ),
        )
        frame["snapshot_at"] = frame["as_of_date"]
        past = inputs(
            CARD,
            *(
                best | {"customer_id": customer, "as_of_date": pd.Timestamp(month)} | row
                for month in months
                for customer, row in (("a", {}), ("b", {"core_feature_rate": 0}))
            ),
        )
        with duckdb.connect(str(path)) as connection:
            connection.execute("create schema if not exists intermediate")
            connection.execute("create schema if not exists reference")
            connection.execute(
                "create or replace table intermediate.int_health_card_inputs as "
                "select * replace (cast(as_of_date as date) as as_of_date) from frame"
            )
            connection.register("past", past)
            connection.execute(
                "create or replace table intermediate.int_churn_snapshots as "
                "select * replace (cast(as_of_date as date) as as_of_date) from past"
            )
            for name in SEED_NAMES:
                connection.execute(
                    f"create or replace table reference.{name} as from read_csv('{SEEDS}/{name}.csv')"
                )
        return path

    return build_inputs


def rows(path: Path, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def everything(path: Path) -> pd.DataFrame:
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute("from scores.fct_health_scores order by all").df()


def test_the_first_run_appends_its_own_snapshot_and_twelve_weeks_before(build: Build) -> None:
    path = build()
    summary = score_warehouse(path, AS_OF)
    assert (summary.card_version, summary.customers, summary.snapshots_appended) == ("v1", 2, 26)
    counts = "select is_reconstructed, count(*), min(as_of_date) from scores.fct_health_scores group by 1"
    assert {row[0]: row[1] for row in rows(path, counts)} == {False: 2, True: 24}
    assert rows(path, "select distinct health_score, status from scores.fct_health_scores") == [
        (100, "scored")
    ]


def test_the_first_run_tells_past_quarters_too_each_by_itself(build: Build) -> None:
    path = build(
        months=["2022-12-01", "2023-01-01", "2024-08-01", "2024-09-01", "2024-11-01", "2025-01-01"]
    )
    score_warehouse(path, AS_OF)
    sql = """
        select as_of_date, customer_id, health_score, health_score_raw, health_trend
        from scores.fct_health_scores where is_reconstructed and as_of_date < '2025-01-06'
    """
    # Weeks begin on 6 January. A quarter is told by its first month start.
    days = ["2022-12-01", "2023-01-01", "2024-08-01", "2024-11-01", "2025-01-01"]
    assert sorted((str(row[0]), *row[1:]) for row in rows(path, sql)) == [
        (day, customer, score, score, None)
        for day in days
        for customer, score in (("a", 100), ("b", 90))
    ]


def test_past_quarters_are_told_once(build: Build) -> None:
    path = build()
    score_warehouse(path, AS_OF)
    next_week = AS_OF + timedelta(weeks=1)
    build(next_week, months=["2024-10-01"])
    score_warehouse(path, next_week)
    score_warehouse(path, next_week, rebuild=True)
    assert rows(path, "select min(as_of_date) from scores.fct_health_scores") == [
        (date(2025, 1, 6),)
    ]


def test_no_more_than_two_years_of_quarters_are_told(build: Build) -> None:
    path = build(
        months=[f"{year}-{month:02}-01" for year in (2022, 2023, 2024) for month in (1, 4, 7, 10)]
    )
    score_warehouse(path, AS_OF)
    assert rows(path, "select min(as_of_date) from scores.fct_health_scores") == [
        (date(2023, 1, 1),)
    ]


def test_points_in_the_warehouse_sum_exactly(build: Build) -> None:
    path = build(core_feature_rate=0.31, last_nps_score=6, mean_late_days=None)
    score_warehouse(path, AS_OF)
    sql = """
        select customer_id, 100 - any_value(health_score_raw), sum(points_lost), count(*)
        from scores.fct_health_scores inner join scores.fct_health_points_lost
        using (customer_id, as_of_date)
        group by all order by all
    """
    found = rows(path, sql)
    assert [row[0] for row in found] == ["a", "b"]
    for _, lost, points, metrics in found:
        assert lost == points > 0
        assert metrics == 14
    columns = "select data_type from information_schema.columns where column_name = 'points_lost'"
    assert rows(path, columns) == [("DECIMAL(9,4)",)]


def test_the_same_run_again_changes_nothing(build: Build) -> None:
    path = build()
    score_warehouse(path, AS_OF)
    before = everything(path)
    build(core_feature_rate=0)
    again = score_warehouse(path, AS_OF)
    assert (again.snapshots_appended, again.points_lost_appended) == (0, 0)
    pd.testing.assert_frame_equal(everything(path), before)


def test_a_rebuild_replaces_what_was_published(build: Build) -> None:
    path = build()
    score_warehouse(path, AS_OF)
    build(core_feature_rate=0)
    summary = score_warehouse(path, AS_OF, rebuild=True)
    assert summary.snapshots_appended == 26
    assert rows(path, "select distinct health_score from scores.fct_health_scores") == [(90,)]


def test_a_rebuild_explains_again_what_was_explained(build: Build) -> None:
    path = build()
    score_warehouse(path, AS_OF)
    next_week = AS_OF + timedelta(weeks=1)
    build(next_week)
    score_warehouse(path, next_week)
    build(next_week, core_feature_rate=0)
    score_warehouse(path, next_week, rebuild=True)
    sql = """
        select as_of_date, customer_id, sum(points_lost) from scores.fct_health_points_lost
        group by all order by all
    """
    assert [(str(row[0]), *row[1:]) for row in rows(path, sql)] == [
        ("2025-03-31", "a", 10),
        ("2025-03-31", "b", 10),
        ("2025-04-07", "a", 10),
        ("2025-04-07", "b", 10),
    ]


def test_the_next_day_appends_one_snapshot_and_keeps_the_rest(build: Build) -> None:
    path = build()
    score_warehouse(path, AS_OF)
    before = everything(path)
    tomorrow = AS_OF + timedelta(days=1)
    build(tomorrow, core_feature_rate=0)
    summary = score_warehouse(path, tomorrow)
    assert summary.snapshots_appended == 2
    after = everything(path)
    pd.testing.assert_frame_equal(
        after[after["as_of_date"] <= pd.Timestamp(AS_OF)].reset_index(drop=True),
        before[before["as_of_date"] <= pd.Timestamp(AS_OF)].reset_index(drop=True),
    )


def test_the_next_week_builds_on_what_was_published(build: Build) -> None:
    path = build()
    score_warehouse(path, AS_OF)
    next_week = AS_OF + timedelta(weeks=1)
    build(next_week, core_feature_rate=0)
    score_warehouse(path, next_week)
    last = (
        "select distinct health_score from scores.fct_health_scores where as_of_date = '2025-04-07'"
    )
    # 90 this week, 100 as published in the eight before, though they would score 90 today.
    assert rows(path, last) == [(96,)]


def test_inputs_of_another_instant_are_refused(build: Build) -> None:
    path = build()
    for as_of in (AS_OF - timedelta(seconds=1), AS_OF + timedelta(days=2)):
        with pytest.raises(StaleInputsError, match="built for 2025-03-31"):
            score_warehouse(path, as_of)
    assert rows(path, "select 1 from duckdb_schemas() where schema_name = 'scores'") == []


# A change of clocks makes a week an hour shorter or longer.
@pytest.mark.parametrize(
    "since", [timedelta(days=7), timedelta(days=21, hours=-1), timedelta(days=8)]
)
def test_weeks_without_anybody_score_nobody_of_today(build: Build, since: timedelta) -> None:
    path = build()
    summary = score_warehouse(path, AS_OF + since)
    weeks = round(since / timedelta(weeks=1))
    assert summary.as_of_date == (AS_OF + timedelta(weeks=weeks)).date()
    assert (summary.customers, summary.points_lost_appended) == (0, 0)
    assert rows(path, "select distinct is_reconstructed from scores.fct_health_scores") == [(True,)]


def test_a_failure_writes_nothing(build: Build) -> None:
    path = build(last_nps_score=float("inf"))
    with pytest.raises(ValueError, match="last_nps_score is infinite"):
        score_warehouse(path, AS_OF)
    assert rows(path, "select 1 from duckdb_schemas() where schema_name = 'scores'") == []


def test_a_broken_card_is_refused(build: Build) -> None:
    path = build()
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "update reference.health_metrics set at_0 = at_100 where metric = 'ticket_ratio'"
        )
    with pytest.raises(CardDefinitionError, match="ticket_ratio"):
        score_warehouse(path, AS_OF)


def test_no_customers_make_empty_tables(build: Build) -> None:
    path = build(weeks=0)
    summary = score_warehouse(path, AS_OF)
    assert (summary.as_of_date, summary.snapshots_appended) == (None, 0)
    assert rows(path, "select count(*) from scores.fct_health_scores") == [(0,)]
    assert rows(path, "select count(*) from scores.fct_health_points_lost") == [(0,)]


def test_a_table_of_an_earlier_version_gets_the_columns_that_it_lacks(build: Build) -> None:
    path = build()
    score_warehouse(path, AS_OF)
    with duckdb.connect(str(path)) as connection:
        connection.execute("alter table scores.fct_health_scores drop column slope_12_weeks")
    next_week = AS_OF + timedelta(weeks=1)
    build(next_week)
    assert score_warehouse(path, next_week).snapshots_appended == 2
    sql = "select as_of_date, slope_12_weeks from scores.fct_health_scores where customer_id = 'a'"
    assert [row for row in rows(path, sql) if row[1] is not None] == [(next_week.date(), 0)]
    names = "select distinct table_name from information_schema.tables where table_schema <> 'reference'"
    assert ("wanted_columns",) not in rows(path, names)
