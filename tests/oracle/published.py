"""What the marts publish of each company, in the shape of the oracle's answers."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Any

from tests.building.dbt_slot import Warehouse
from tests.oracle.answers import Answers, Key, Table
from tests.oracle.marts import read
from tests.oracle.policy import Policy
from tests.oracle.segments import NAMES

ITEM_CELLS = (
    "subscription_id", "state", "plan_name", "billing_interval", "billing_interval_count", "quantity",
    "currency_code", "list_mrr_amount", "mrr_amount",
)  # fmt: skip
MOVEMENT_CELLS = (
    "movement_amount", "starting_mrr_amount", "ending_mrr_amount", "churn_type", "churn_reason",
)  # fmt: skip
CUSTOMER_CELLS = ("first_paid_at", "is_paying", "is_paused", "mrr_amount", *NAMES)
CLICK_CELLS = ("scheduled_date", "scheduled_end_at", "churn_reason")
TOTALS = {
    "roll_forward": "fct_mrr_roll_forward", "retention": "fct_retention", "revenue": "fct_revenue",
}  # fmt: skip
# Columns of a total that name the row, or that dim_periods tells.
NAMING = {
    "grain", "period_start", "period_end", "is_complete", "segment_name", "segment_value",
    "currency_code",
}  # fmt: skip


def calendar(warehouse: Warehouse) -> dict[tuple[str, date], tuple[date, bool]]:
    """The periods that all companies of a build share."""
    return {
        (row["grain"], row["period_start"]): (row["period_end"], row["is_complete"])
        for row in warehouse.rows("select * from marts.dim_periods")
    }


def first_billed(warehouse: Warehouse) -> date | None:
    """The first day of which the marts of revenue speak."""
    sql = "select min(period_start) as day from marts.fct_mrr_roll_forward where grain = 'day'"
    return warehouse.value(sql)  # type: ignore[no-any-return]


def published(warehouse: Warehouse, policy: Policy) -> dict[str, Answers]:
    """The published rows of each company."""
    found: dict[str, Answers] = defaultdict(lambda: Answers([]))
    for row in read(warehouse, "select * from marts.fct_mrr_changes"):
        key = (row["customer_id"], row["changed_at"], row["movement_type"])
        _own(found, row).changes[key] = _cells(row, MOVEMENT_CELLS[:3])
    for row in read(warehouse, "select * from marts.fct_mrr_movements"):
        key = tuple(row[n] for n in ("grain", "period_start", "customer_id", "movement_type"))
        _own(found, row).movements[key] = _cells(row, ("period_end", *MOVEMENT_CELLS))
    for row in read(warehouse, "select * from marts.dim_customers"):
        if row["first_paid_at"] or row["is_paying"] or row["mrr_amount"]:
            _own(found, row).customers[row["customer_id"],] = _cells(row, CUSTOMER_CELLS)
    for row in read(warehouse, "select * from marts.fct_cancellations_scheduled"):
        key = (row["customer_id"], row["subscription_id"], row["scheduled_at"])
        _own(found, row).clicks[key] = _cells(row, CLICK_CELLS)
    for name, mart in TOTALS.items():
        for row in read(warehouse, f"select * from marts.{mart} where segment_name = 'industry'"):
            table: Table = getattr(found[row["segment_value"]], name)
            table[row["grain"], row["period_start"]] = told(row)
    _items(found, warehouse, policy)
    return found


def told(row: dict[str, Any]) -> dict[str, Any]:
    """The cells of a total."""
    return {name: value for name, value in row.items() if name not in NAMING}


def _own(found: dict[str, Answers], row: dict[str, Any]) -> Answers:
    return found[row["customer_id"].partition(":")[0]]


def _cells(row: dict[str, Any], names: tuple[str, ...]) -> tuple[Any, ...]:
    return tuple(row[name] for name in names)


def _items(found: dict[str, Answers], warehouse: Warehouse, policy: Policy) -> None:
    """Item intervals up to the run's end, neighbours that differ in nothing put together."""
    order = "order by source_id, subscription_item_id, valid_from_at"
    last: dict[Key, Key] = {}
    for row in read(warehouse, f"select * from marts.fct_subscription_item_mrr {order}"):
        if row["valid_from_at"] >= policy.as_of:
            continue
        table = _own(found, row).items
        until = row["valid_to_at"]
        until = None if until is None or until >= policy.as_of else until
        cells = _cells(row, ITEM_CELLS)
        item = (row["customer_id"], row["subscription_item_id"])
        start = last.get(item)
        if start and table[start] == (row["valid_from_at"], *cells):
            table[start] = (until, *cells)
            continue
        last[item] = (*item, row["valid_from_at"])
        table[last[item]] = (until, *cells)
