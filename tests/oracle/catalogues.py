"""What a random company sells: products, prices with their tiers, and coupons."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import strategies as st

from tests.oracle.raw_rows import Row

CURRENCIES = ("USD", "EUR", "JPY", "KWD")

unit_amounts = st.sampled_from([0, 1, 999, 1000, 5000, 10000, 12000, 36500])
percents = st.sampled_from(["10", "33.333333", "50", "100"])


def either(word: str) -> st.SearchStrategy[str | None]:
    """A word that an empty value means as well."""
    return st.sampled_from([None, word])


def catalogue(draw: st.DrawFn) -> dict[str, list[Row]]:
    """Products, prices with their tiers, and coupons."""
    home = draw(st.sampled_from(CURRENCIES))
    rows: dict[str, list[Row]] = {
        name: []
        for name in (
            "billing_customers", "billing_subscriptions", "billing_subscription_items",
            "billing_subscription_periods", "billing_discounts", "billing_price_tiers",
            "billing_prices", "billing_coupons", "crm_account_merges", "crm_accounts",
            "crm_csm_assignments", "billing_invoices", "billing_invoice_lines", "billing_payments",
            "billing_refunds", "billing_credit_notes",
        )
    }  # fmt: skip
    rows["billing_products"] = [
        {"product_id": f"p{n}", "product_name": f"plan {n}"} for n in range(2)
    ]
    for n in range(draw(st.integers(2, 5))):
        kind = draw(st.sampled_from(
            ["per_unit"] * 5 + ["graduated", "volume", "metered", "one_time"]
        ))  # fmt: skip
        tiered = kind in {"graduated", "volume"}
        interval = draw(st.sampled_from(["month", "month", "month", "year", "week", "day"]))
        rows["billing_prices"].append({
            "price_id": f"price{n}", "product_id": f"p{n % 2}",
            "currency_code": draw(st.sampled_from([home, home, home, *CURRENCIES])),
            "price_type": "one_time" if kind == "one_time" else draw(either("recurring")),
            "billing_scheme": "tiered" if tiered else draw(either("per_unit")),
            "tiers_mode": kind if tiered else None,
            "usage_type": "metered" if kind == "metered" else draw(either("licensed")),
            "billing_interval": None if kind == "one_time" else interval,
            "billing_interval_count": draw(st.sampled_from([None, 1, 1, 2, 3, 6])),
            "unit_amount_minor": None if tiered else draw(unit_amounts),
        })  # fmt: skip
        if tiered:
            _tiers(draw, rows, f"price{n}")
    for n in range(draw(st.integers(0, 3))):
        is_percent = draw(st.booleans())
        duration = draw(st.sampled_from(["once", "repeating", "forever"]))
        rows["billing_coupons"].append({
            "coupon_id": f"coupon{n}",
            "percent_off": Decimal(draw(percents)) if is_percent else None,
            "amount_off_minor": None if is_percent else draw(st.sampled_from([1, 100, 1001, 7777])),
            "currency_code": None if is_percent else home,
            "duration": duration,
            "duration_in_months": draw(st.integers(1, 7)) if duration == "repeating" else None,
        })  # fmt: skip
    return rows


def _tiers(draw: st.DrawFn, rows: dict[str, list[Row]], price: str) -> None:
    tops = [*draw(st.sampled_from([[], [3], [3, 10], [1, 2, 5]])), None]
    for number, top in enumerate(tops, start=1):
        rows["billing_price_tiers"].append({
            "price_id": price, "tier_number": number, "up_to_quantity": top,
            "unit_amount_minor": draw(st.sampled_from([None, 0, 100, 333, 800])),
            "flat_amount_minor": draw(st.sampled_from([None, None, 500, 2500])),
        })  # fmt: skip
