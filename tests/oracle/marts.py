"""Write companies as one landing, and read back per company what the marts publish of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.building.dbt_slot import DbtSlot, Warehouse
from tests.building.landing_writer import Delivery, Row, write_landing
from tests.oracle.amounts import SCALE
from tests.oracle.policy import Policy
from tests.oracle.raw_rows import Company

COMPARED = (
    "dim_customers", "dim_periods", "fct_subscription_item_mrr", "fct_mrr_changes",
    "fct_mrr_movements", "fct_mrr_roll_forward", "fct_retention", "fct_cohort_retention", "fct_revenue",
    "fct_cancellations_scheduled", "fct_metrics",
)  # fmt: skip


def build(
    slot: DbtSlot,
    directory: Path,
    companies: Sequence[Company],
    policy: Policy,
    others: Sequence[str] = (),
) -> Warehouse:
    """One dbt build of many companies, each of which is a source and an industry."""
    rows: dict[str, list[Row]] = defaultdict(list)
    for company in companies:
        for name, own in company.rows.items():
            rows[name] += [{**row, "_source_id": company.name} for row in own]
    deliveries = [Delivery("oracle", name, tuple(own)) for name, own in rows.items() if own]
    landing = write_landing(directory / "landing", deliveries)
    select = [f"+{name}" for name in (*COMPARED, *others)]
    return slot.build(landing, select=select, policy=policy.variables())


@contextmanager
def days_off(project: Path, holidays: Sequence[date]) -> Iterator[None]:
    """A list of support's holidays in a copy of the dbt project, which is empty before and after."""
    seed = project / "seeds" / "support_holidays.csv"
    before = seed.read_text(encoding="utf-8")
    lines = [before.splitlines()[0], *(f"{day},day off" for day in holidays)]
    seed.write_text("\n".join(lines) + "\n", encoding="utf-8")
    try:
        yield
    finally:
        seed.write_text(before, encoding="utf-8")


def read(warehouse: Warehouse, sql: str, parameters: Sequence[object] = ()) -> list[dict[str, Any]]:
    """Rows of a query; amounts as the oracle has them, in whole 10⁻¹⁰."""
    return [
        {name: _exact(value) for name, value in row.items()}
        for row in warehouse.rows(sql, parameters)
    ]


def _exact(value: Any) -> Any:
    return int(value.scaleb(10)) if isinstance(value, Decimal) else value


assert SCALE == 10**10
