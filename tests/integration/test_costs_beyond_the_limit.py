"""Costs that are too large to be shared exactly stop the build by name; the largest are shared exactly."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.building.dbt_slot import DbtError, DbtSlot
from tests.building.landing_writer import Row, write_landing
from tests.building.stories import completed

pytestmark = pytest.mark.slow

TOO_LARGE = 10**14
PRICES = (10**12, 10**12, 1)


def company(*amounts: int) -> dict[str, list[Row]]:
    """Three customers, two of whom pay ten billion dollars a month, and costs shared by their MRR."""
    periods: list[Row] = [
        {
            "subscription_id": f"s{number}", "customer_id": f"c{number}", "start_at": "2025-01-01",
            "currency_code": "USD", "amount_minor": price, "billing_interval": "month",
        }
        for number, price in enumerate(PRICES)
    ]  # fmt: skip
    costs: list[Row] = [
        {
            "cost_entry_id": f"e{number}", "cost_category": "hosting", "allocation_key": "mrr",
            "currency_code": "USD", "amount_minor": amount, "service_start_date": "2025-02-01",
            "service_end_date": "2025-03-01", "booked_at": "2025-03-04",
        }
        for number, amount in enumerate(amounts)
    ]  # fmt: skip
    return {"billing_subscription_periods": periods, "cost_ledger": costs}


@pytest.mark.parametrize(
    ("amounts", "named"),
    [((-TOO_LARGE,), "minor units of e0 is too large"), ((TOO_LARGE // 2,) * 2, "of hosting is")],
    ids=["entry", "month"],
)
def test_too_large_a_cost_stops_the_build(
    dbt_slot: DbtSlot, tmp_path: Path, amounts: tuple[int, ...], named: str
) -> None:
    landing = write_landing(tmp_path / "landing", completed("co", company(*amounts)))
    with pytest.raises(DbtError) as stopped:
        dbt_slot.build(landing, select=["+int_costs_allocated"])
    assert named in " ".join(str(stopped.value).split())


def test_the_largest_costs_are_shared_to_the_cent(dbt_slot: DbtSlot, tmp_path: Path) -> None:
    total = TOO_LARGE - 1
    landing = write_landing(tmp_path / "landing", completed("co", company(total - 2, 2)))
    built = dbt_slot.build(landing, select=["+fct_cost_allocated"])
    rows = built.rows("select cost_amount from marts.fct_cost_allocated order by customer_id")
    shares = [int(row["cost_amount"] * 100) for row in rows]
    # Two cents are left: the third was cut most, and of the two who are equal the first is next.
    exact = [(total * price) // sum(PRICES) for price in PRICES]
    assert sum(shares) == total
    assert [share - whole for share, whole in zip(shares, exact, strict=True)] == [1, 0, 1]
