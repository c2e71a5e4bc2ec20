"""What the summary reads from releases and from the landing."""

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb

from orchestration.reporting.headlines import HEADLINES, read_headlines
from orchestration.reporting.late_rows import LateRows, late_rows
from orchestration.reporting.new_risk import RiskChange, risk_change


def release(path: Path, bands: dict[str, str], *, has_scores: bool = True) -> Path:
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema marts")
        connection.execute(
            """
            create table marts.fct_metrics as
            select * from (values
                ('mrr', 'day', date '2026-11-19', 'all', true, 90.0::decimal(38, 10)),
                ('mrr', 'day', date '2026-11-20', 'all', true, 100.0),
                ('mrr', 'day', date '2026-11-21', 'all', false, 7.0),
                ('mrr', 'day', date '2026-11-20', 'plan', true, 55.0),
                ('logo_churn', 'month', date '2026-10-01', 'all', true, 0.02)
            ) t (metric_name, grain, period_start, segment_name, is_complete, value)
            """
        )
        connection.execute(
            "create table marts.dim_customers as"
            " select unnest(['a', 'b', 'c']) as customer_id, 10::decimal(38, 10) as mrr_amount"
        )
        if has_scores:
            connection.execute(
                "create table marts.fct_health_scores"
                " (customer_id varchar, as_of_date date, health_band varchar)"
            )
            connection.execute(
                "insert into marts.fct_health_scores values ('a', '2026-01-01', 'red')"
            )
            for customer, band in bands.items():
                connection.execute(
                    "insert into marts.fct_health_scores values (?, '2026-11-20', ?)",
                    [customer, band],
                )
    return path


def test_headlines_are_the_latest_complete_totals(tmp_path: Path) -> None:
    found = {
        value.headline.metric: value for value in read_headlines(release(tmp_path / "r.duckdb", {}))
    }
    assert found["mrr"].value == Decimal(100)
    assert found["mrr"].period == date(2026, 11, 20)
    assert found["logo_churn"].value == Decimal("0.02")
    assert found["net_revenue_retention"].value is None
    assert list(found) == [headline.metric for headline in HEADLINES]


def test_risk_counts_who_turned_red_and_who_recovered(tmp_path: Path) -> None:
    before = release(tmp_path / "before.duckdb", {"a": "green", "b": "red", "c": "red"})
    now = release(tmp_path / "now.duckdb", {"a": "red", "b": "yellow", "c": "red", "new": "red"})
    assert risk_change(now, before) == RiskChange(1, Decimal(10), 1)


def test_without_scores_there_is_no_risk_to_tell(tmp_path: Path) -> None:
    before = release(tmp_path / "before.duckdb", {}, has_scores=False)
    now = release(tmp_path / "it's now.duckdb", {"a": "red"})
    assert risk_change(now, before) is None
    assert risk_change(before, now) is None


def land(landing: Path, load_id: str, *times: str) -> None:
    folder = landing / "usage_events" / f"load_id={load_id}"
    folder.mkdir(parents=True)
    rows = ", ".join(f"(timestamp '{time}', 'upsert')" for time in times)
    duckdb.sql(f'select * from (values {rows}) t ("occurred at", _operation)').write_parquet(
        str(folder / "part-0001.parquet")
    )


def test_late_rows_are_those_of_this_run_before_the_last_release(tmp_path: Path) -> None:
    land(tmp_path, "old", "2026-01-01 00:00:00")
    land(tmp_path, "new", "2026-09-30 23:59:59", "2026-10-02 00:00:00", "2026-11-20 00:00:00")
    found = late_rows(
        tmp_path,
        ["new", "missing"],
        {"usage_events": "occurred at", "support_tickets": "at"},
        datetime(2026, 11, 20),  # noqa: DTZ001 - the landing's instants carry no offset
    )
    assert found == [
        LateRows("usage_events", date(2026, 9, 1), 1),
        LateRows("usage_events", date(2026, 10, 1), 1),
    ]
