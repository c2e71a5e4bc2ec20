"""The trends of fct_metrics, looked up anew by dates that Python's calendar tells."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.building.dbt_slot import Warehouse

pytestmark = pytest.mark.slow

MONTHS = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}
WINDOWS = {"trailing_12_months", "trailing_90_days"}


def test_every_metric_of_the_company_as_a_whole(
    golden: Callable[[dict[str, Any]], Warehouse],
) -> None:
    rows = golden({}).rows("select * from marts.fct_metrics where segment_name = 'all'")
    values = {(row["metric_name"], row["grain"], row["period_end"]): row["value"] for row in rows}
    told = {row["grain"] for row in rows if row["change_from_year_before"] is not None}
    assert told >= {"day", "week", *MONTHS, "trailing_12_months"}
    for row in rows:
        key = (row["metric_name"], row["grain"])
        for name, end in (("previous", _previous_end(row)), ("year_before", _year_before_end(row))):
            other = values.get((*key, end))
            change = None
            if row["is_complete"] and other is not None and row["value"] is not None:
                change = row["value"] - other
            assert row[f"{name}_value"] == other, (key, row["period_start"], name)
            assert row[f"change_from_{name}"] == change, (key, row["period_start"], name)
            ratio = row[f"change_from_{name}_ratio"]
            if change is None or not other:
                assert ratio is None
            else:
                assert abs(ratio - change / abs(other)) < Decimal("1e-9")


def _previous_end(row: dict[str, Any]) -> date:
    return _months_before(row["period_end"], 1) if row["grain"] in WINDOWS else row["period_start"]


def _year_before_end(row: dict[str, Any]) -> date:
    end: date = row["period_end"]
    if row["grain"] == "week":
        return end - timedelta(days=364)
    if row["grain"] == "day":
        return _months_before(row["period_start"], 12) + timedelta(days=1)
    return _months_before(end, 12)


def _months_before(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
