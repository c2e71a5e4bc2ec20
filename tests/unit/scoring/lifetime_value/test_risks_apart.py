"""Pairs of past scores of the same customers, from which it is told how long risk lasts."""

from __future__ import annotations

from datetime import date

import duckdb
import pytest

from orchestration.scoring.warehouse.lifetime_value import risks_apart

DAY = date(2025, 3, 28)
# Customer, day, log odds. Less the mean of their day: a 2, 1, 0.5 and b −2, −1, −0.5; what else there is, is not looked at.
SCORES = [
    ("a", "2025-01-01", 90, 3.0), ("b", "2025-01-01", 90, -1.0),
    ("a", "2025-02-01", 90, 1.0), ("b", "2025-02-01", 90, -1.0),
    ("a", "2025-03-01", 90, 0.0), ("b", "2025-03-01", 90, -1.0),
    # Later in a month, of another horizon, unknown, long ago, not yet known.
    ("a", "2025-03-28", 90, 9.0), ("b", "2025-03-28", 90, 0.0),
    ("a", "2025-01-01", 30, 9.0), ("c", "2025-02-01", 90, None),
    ("a", "2022-01-01", 90, 9.0), ("b", "2022-01-01", 90, 0.0),
    ("a", "2025-04-01", 90, 9.0), ("b", "2025-04-01", 90, 0.0),
]  # fmt: skip


def test_slopes_of_later_on_earlier_differences() -> None:
    with duckdb.connect() as connection:
        connection.execute("create schema scores")
        connection.execute(
            """
            create table scores.fct_churn_probability
            (customer_id varchar, as_of_date date, horizon_days integer, relative_log_odds decimal(12, 6))
            """
        )
        connection.executemany(
            "insert into scores.fct_churn_probability values (?, ?, ?, ?)", SCORES
        )
        found = risks_apart(connection, DAY).set_index("lag_months")
    assert found["pairs"].to_dict() == {1: 4, 2: 2}
    assert found.loc[2, "slope"] == pytest.approx(0.5 / 2)
    # Of (2, 1), (1, 0.5) and the same below zero: all on one line.
    assert found.loc[1, "slope"] == pytest.approx(0.5)
