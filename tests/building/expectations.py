"""Compare published rows with what a story expects, to the digits that the story shows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from tests.building.dbt_slot import Warehouse

NUMBER = re.compile(r"-?\d+(\.\d+)?")
# Marts with a row for every period and segment: a story expects only the periods that it lists.
SEGMENT_MARTS = ("fct_mrr_roll_forward", "fct_retention", "fct_revenue", "fct_metrics")

SEGMENT_KEYS = ("metric_name", "grain", "period_start", "segment_name", "segment_value")
# Cohorts are of all customers of a build: a story tells of months in which it alone has new customers.
COHORT_KEYS = ("cohort_month", "age_months")


def published(
    warehouse: Warehouse, story: str, mart: str, expected: Sequence[dict[str, str]]
) -> list[dict[str, Any]]:
    """Rows of a mart that belong to a story, in the columns that the story names.

    Of marts by customer these are all the story's rows (of the grains that it names), so that what a
    story does not expect must not happen either.
    """
    columns = list(expected[0])
    names = ", ".join(f'"{name}"' for name in columns)
    if mart in SEGMENT_MARTS:
        narrowed = "segment_name = 'industry' and segment_value = ?"
        if "segment_value" in columns:
            # The story tells of segments that are its own alone.
            narrowed = "? is not null"
        rows = warehouse.rows(f"select {names} from marts.{mart} where {narrowed}", [story])
        return _with_keys_of(expected, rows, [name for name in SEGMENT_KEYS if name in columns])
    if mart == "fct_cohort_retention":
        return _with_keys_of(
            expected, warehouse.rows(f"select {names} from marts.{mart}"), COHORT_KEYS
        )
    sql = f"select {names} from marts.{mart} where starts_with(customer_id, ? || ':')"
    rows = [
        {name: _own(value) if name == "customer_id" else value for name, value in row.items()}
        for row in warehouse.rows(sql, [story])
    ]
    if "grain" in columns:
        grains = {row["grain"] for row in expected}
        rows = [row for row in rows if row["grain"] in grains]
    return rows


def _with_keys_of(
    expected: Sequence[dict[str, str]], rows: Sequence[dict[str, Any]], keys: Sequence[str]
) -> list[dict[str, Any]]:
    wanted = {tuple(row[key] for key in keys) for row in expected}
    return [row for row in rows if tuple(_text(row[key]) for key in keys) in wanted]


def shown(rows: Sequence[dict[str, Any]], like: Sequence[dict[str, str]]) -> list[tuple[str, ...]]:
    """Rows as sorted text; each number has the most digits that its expected column shows."""
    columns = list(like[0])
    digits = {name: max(_digits(row[name]) for row in like) for name in columns}
    return sorted(tuple(_text(row[name], digits[name]) for name in columns) for row in rows)


def _digits(value: str) -> int:
    return len(value.partition(".")[2]) if NUMBER.fullmatch(value) else -1


def _text(value: Any, digits: int = -1) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat(sep=" ").removesuffix(" 00:00:00")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bool):
        return str(value).lower()
    if digits >= 0 and value != "":
        return str(Decimal(value).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP) + 0)
    return str(value)


def _own(customer_id: str) -> str:
    """The customer's id in its own source: `story:acme` is `acme`."""
    return customer_id.partition(":")[2]
