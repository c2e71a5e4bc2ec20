"""Amounts that are too large to be discounted exactly stop the build, in words that name them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.building.dbt_slot import DbtError, DbtSlot
from tests.building.landing_writer import Row, write_landing
from tests.building.stories import completed

pytestmark = pytest.mark.slow

TOO_LARGE = 10**14


def company(price: int, amount_off: int, quantity: int = 1) -> dict[str, list[Row]]:
    """One item at a price per unit, with an amount off its whole subscription."""
    start = "2025-01-01"
    return {
        "billing_prices": [{
            "price_id": "p", "product_id": "p", "currency_code": "IDR", "billing_interval": "month",
            "unit_amount_minor": price,
        }],
        "billing_subscriptions": [{
            "subscription_id": "s", "customer_id": "c", "status": "active", "start_at": start,
            "updated_at": start,
        }],
        "billing_subscription_items": [{
            "subscription_item_id": "i", "subscription_id": "s", "price_id": "p", "quantity": quantity,
            "updated_at": start,
        }],
        "billing_coupons": [{
            "coupon_id": "k", "amount_off_minor": amount_off, "currency_code": "IDR",
            "duration": "forever",
        }],
        "billing_discounts": [{
            "discount_id": "d", "coupon_id": "k", "subscription_id": "s", "start_at": start,
        }],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "named"),
    [
        (company(TOO_LARGE // 2, 1, quantity=2), "minor units of i is too large"),
        (company(TOO_LARGE - 1, TOO_LARGE), "minor units of s is too large"),
    ],
    ids=["price", "amount_off"],
)
def test_too_large_an_amount_stops_the_build(
    dbt_slot: DbtSlot, tmp_path: Path, rows: dict[str, list[Row]], named: str
) -> None:
    landing = write_landing(tmp_path / "landing", completed("co", rows))
    with pytest.raises(DbtError) as stopped:
        dbt_slot.build(landing, select=["+int_intervals_discounted"])
    assert named in " ".join(str(stopped.value).split())


def test_the_largest_amounts_are_taken(dbt_slot: DbtSlot, tmp_path: Path) -> None:
    rows = company(TOO_LARGE - 1, TOO_LARGE - 2)
    landing = write_landing(tmp_path / "landing", completed("co", rows))
    built = dbt_slot.build(landing, select=["+int_item_mrr_computed"])
    query = "select mrr_amount, list_mrr_amount from intermediate.int_item_mrr_computed"
    (row,) = built.rows(query)
    assert [str(value) for value in row.values()] == ["0.0100000000", "999999999999.9900000000"]
