"""What may be done to a company's raw data without changing its metrics, or changing them by a factor.

One book of random subscriptions (fixed seed) is told in several ways, each as a source of its own, in
one build: as it is, every subscription split in two, all amounts times seven, and monthly prices as
yearly ones.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.building.dbt_slot import DbtSlot, Warehouse
from tests.building.landing_writer import Row, write_landing
from tests.building.stories import completed

pytestmark = pytest.mark.slow

RATES = (
    "net_revenue_retention_ratio",
    "gross_revenue_retention_rate",
    "gross_revenue_churn_rate",
    "logo_churn_rate",
    "quick_ratio",
)


def book(seed: int) -> list[Row]:
    """Periods of forty customers over two years: plans change, overlap, end and come back."""
    chance = random.Random(seed)
    rows: list[Row] = []
    for customer in range(40):
        for serial in range(chance.randint(1, 3)):
            day = date(2024, 1, 1) + timedelta(days=chance.randrange(500))
            for _ in range(chance.randint(1, 4)):
                end = day + timedelta(days=chance.randint(10, 200))
                rows.append(
                    {
                        "subscription_id": f"c{customer}-{serial}",
                        "customer_id": f"c{customer}",
                        "start_at": str(day),
                        "end_at": str(end) if end < date(2025, 12, 1) else None,
                        "currency_code": "USD",
                        "amount_minor": 1200 * chance.randint(1, 9),
                        "billing_interval": "month",
                        "status": "active",
                    }
                )
                if end >= date(2025, 12, 1):
                    break
                day = end + timedelta(days=chance.choice((0, 0, 0, 5, 40)))
    return rows


def split(row: Row) -> list[Row]:
    part = int(str(row["amount_minor"])) // 3
    rest = int(str(row["amount_minor"])) - part
    return [
        {**row, "subscription_id": f"{row['subscription_id']}-{name}", "amount_minor": amount}
        for name, amount in (("a", part), ("b", rest))
    ]


def times_seven(row: Row) -> list[Row]:
    return [{**row, "amount_minor": 7 * int(str(row["amount_minor"]))}]


def yearly(row: Row) -> list[Row]:
    amount = 12 * int(str(row["amount_minor"]))
    return [{**row, "amount_minor": amount, "billing_interval": "year"}]


TOLD: dict[str, Callable[[Row], list[Row]]] = {
    "as_it_is": lambda row: [row],
    "split": split,
    "times_seven": times_seven,
    "yearly": yearly,
}


@pytest.fixture(scope="module")
def companies(dbt_slot: DbtSlot, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    deliveries = []
    for name, tell in TOLD.items():
        rows = [told for row in book(seed=11) for told in tell(row)]
        deliveries += completed(name, {"billing_subscription_periods": rows})
    return dbt_slot.build(write_landing(tmp_path_factory.mktemp("told") / "landing", deliveries))


def _movements(warehouse: Warehouse, name: str, factor: int = 1) -> list[tuple[Any, ...]]:
    rows = warehouse.rows(
        """
        select grain, cast(period_start as varchar) as start, split_part(customer_id, ':', 2) as customer,
            movement_type, movement_amount, ending_mrr_amount
        from marts.fct_mrr_movements where starts_with(customer_id, ? || ':')
        """,
        [name],
    )
    return sorted(
        (
            *(row[column] for column in ("grain", "start", "customer", "movement_type")),
            row["movement_amount"] * factor,
            row["ending_mrr_amount"] * factor,
        )
        for row in rows
    )


def _rates(warehouse: Warehouse, name: str) -> list[tuple[Any, ...]]:
    return [
        tuple(row.values())
        for row in warehouse.rows(
            f"select grain, period_start, {', '.join(RATES)} from marts.fct_retention "
            "where segment_name = 'industry' and segment_value = ? order by all",
            [name],
        )
    ]


def test_the_book_has_every_movement_of_money(companies: Warehouse) -> None:
    types = {row[3] for row in _movements(companies, "as_it_is")}
    assert types == {"new", "reactivation", "expansion", "contraction", "churn"}


@pytest.mark.parametrize("name", ["split", "yearly"])
def test_no_customer_level_number_changes(companies: Warehouse, name: str) -> None:
    assert _movements(companies, name) == _movements(companies, "as_it_is")


def test_amounts_scale(companies: Warehouse) -> None:
    assert _movements(companies, "times_seven") == _movements(companies, "as_it_is", factor=7)


@pytest.mark.parametrize("name", [name for name in TOLD if name != "as_it_is"])
def test_rates_stay(companies: Warehouse, name: str) -> None:
    plain = _rates(companies, "as_it_is")
    assert any(rate not in (None, Decimal(0), Decimal(1)) for row in plain for rate in row[2:])
    assert _rates(companies, name) == plain
