"""What the marts publish of each company, in the shape of the oracle's answers."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Any

from tests.building.dbt_slot import Warehouse
from tests.oracle.answers import Answers, Key, Table
from tests.oracle.marts import read
from tests.oracle.policy import Policy

ITEM_CELLS = (
    "subscription_id", "state", "plan_name", "billing_interval", "billing_interval_count", "quantity",
    "currency_code", "list_mrr_amount", "mrr_amount",
)  # fmt: skip
MOVEMENT_CELLS = (
    "movement_amount", "starting_mrr_amount", "ending_mrr_amount", "churn_type", "churn_reason",
)  # fmt: skip
# Columns of an aggregate that name the row, or that the oracle does not answer.
NOT_COMPARED = {
    "grain", "period_start", "segment_name", "segment_value", "currency_code", "is_complete",
    "period_end", "ending_committed_mrr_amount",
}  # fmt: skip


def first_day(warehouse: Warehouse) -> date:
    """The first day of the calendar that all companies of a build share."""
    sql = "select min(period_start) from marts.dim_periods where grain = 'day'"
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
            cells = _cells(row, ("first_paid_at", "is_paying", "is_paused", "mrr_amount"))
            _own(found, row).customers[row["customer_id"],] = cells
    for mart in ("roll_forward", "retention"):
        name = "fct_mrr_roll_forward" if mart == "roll_forward" else "fct_retention"
        for row in read(warehouse, f"select * from marts.{name} where segment_name = 'industry'"):
            told = {column: row[column] for column in row if column not in NOT_COMPARED}
            table: Table = getattr(found[row["segment_value"]], mart)
            table[row["grain"], row["period_start"]] = told
    _items(found, warehouse, policy)
    return found


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
