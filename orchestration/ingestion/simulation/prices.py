"""Raw products, prices, tiers, coupons and exchange rates: what the catalogue exports."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from orchestration.ingestion.simulation.catalogue import (
    API_CALLS,
    COUPONS,
    CURRENCIES,
    MODES,
    ONBOARDING,
    PRODUCTS,
    PriceList,
)
from orchestration.ingestion.simulation.streams import Streams
from orchestration.ingestion.simulation.table import (
    Table,
    days,
    flags,
    instants,
    integers,
    numbers,
    words,
)
from orchestration.ingestion.simulation.timeline import DAY, Ints, Timeline

USD_PER_UNIT = np.array([1.0, 1.09, 1.26, 0.0069, 3.25])
"""Exchange rates at the company's start."""

MONTHLY_VOLATILITY = np.array([0.0, 0.018, 0.018, 0.022, 0.002])


def products(timeline: Timeline) -> Table:
    """Object `billing_products`."""
    n = len(PRODUCTS)
    columns = {
        "product_id": pa.array(list(PRODUCTS)),
        "product_name": pa.array([name for name, _ in PRODUCTS.values()]),
        "product_family": pa.array([family for _, family in PRODUCTS.values()]),
        "is_active": flags(np.ones(n, dtype=bool)),
        "created_at": instants(np.full(n, timeline.start - 90 * DAY)),
    }
    return Table("billing_products", columns, np.full(n, timeline.start - 90 * DAY))


def prices(price_list: PriceList, timeline: Timeline) -> Table:
    """Object `billing_prices`."""
    n = len(price_list.ids)
    product, interval = np.array(price_list.product), np.array(price_list.interval)
    recurring = product != ONBOARDING
    tiered = price_list.mode > 0
    halfway = (timeline.start + timeline.horizon_end) // 2
    created = np.where(np.array(price_list.generation) == 1, halfway, timeline.start - 90 * DAY)
    columns = {
        "price_id": pa.array(price_list.ids),
        "product_id": words(list(PRODUCTS), product),
        "currency_code": words(CURRENCIES, np.array(price_list.currency)),
        "price_type": words(("one_time", "recurring"), recurring.astype(np.int64)),
        "billing_scheme": words(("per_unit", "tiered"), tiered.astype(np.int64)),
        "tiers_mode": words(MODES, np.where(tiered, price_list.mode, -1)),
        "usage_type": words(
            ("licensed", "metered"), np.where(recurring, (product == API_CALLS) * 1, -1)
        ),
        "billing_interval": words(("month", "year"), np.where(recurring, interval, -1)),
        "billing_interval_count": integers(np.ones(n, dtype=np.int64), recurring),
        "unit_amount_minor": numbers(price_list.unit[:, 0], ~tiered),
        "created_at": instants(created),
    }
    return Table("billing_prices", columns, created)


def price_tiers(price_list: PriceList, timeline: Timeline) -> Table:
    """Object `billing_price_tiers`."""
    tiered: Ints = np.repeat(np.flatnonzero(price_list.mode > 0), 3)
    tier = np.tile(np.arange(3), len(tiered) // 3)
    columns = {
        "price_id": words(price_list.ids, tiered),
        "tier_number": integers(tier + 1),
        "up_to_quantity": integers(price_list.upto[tiered, tier], tier < 2),
        "unit_amount_minor": numbers(price_list.unit[tiered, tier]),
        "flat_amount_minor": numbers(price_list.flat[tiered, tier]),
    }
    return Table("billing_price_tiers", columns, np.full(len(tier), timeline.start - 90 * DAY))


def coupons(timeline: Timeline) -> Table:
    """Object `billing_coupons`."""
    percent = np.array([c.percent for c in COUPONS])
    amount = np.array([c.amount for c in COUPONS])
    months = np.array([c.months for c in COUPONS])
    n = len(COUPONS)
    columns = {
        "coupon_id": pa.array([c.coupon_id for c in COUPONS]),
        "coupon_name": pa.array([c.name for c in COUPONS]),
        "percent_off": numbers(percent, percent > 0),
        "amount_off_minor": integers(amount, amount > 0),
        "currency_code": words(CURRENCIES, np.where(amount > 0, 0, -1)),
        "duration": pa.array([c.duration for c in COUPONS]),
        "duration_in_months": integers(months, months > 0),
        "created_at": instants(np.full(n, timeline.start - 60 * DAY)),
    }
    return Table("billing_coupons", columns, np.full(n, timeline.start - 60 * DAY))


def exchange_rates(timeline: Timeline, streams: Streams) -> Table:
    """Object `billing_exchange_rates`: monthly, every currency to USD and to EUR."""
    months = len(timeline.month_starts)
    steps = streams.of("fx").standard_normal((months, len(CURRENCIES))) * MONTHLY_VOLATILITY
    steps[0] = 0.0
    usd = USD_PER_UNIT * np.exp(np.cumsum(steps, axis=0))
    pairs = [(f, t) for t in (0, 1) for f in range(len(CURRENCIES)) if f != t]
    source = np.tile([p[0] for p in pairs], months)
    target = np.tile([p[1] for p in pairs], months)
    month = np.repeat(np.arange(months), len(pairs))
    rate = np.round(usd[month, source] / usd[month, target], 8)
    begins = timeline.month_starts[month]
    columns = {
        "from_currency_code": words(CURRENCIES, source),
        "to_currency_code": words(CURRENCIES, target),
        "valid_from_date": days(begins),
        "valid_to_date": days(np.full(len(month), -1)),
        "exchange_rate": numbers(rate, digits=8),
    }
    return Table("billing_exchange_rates", columns, begins)
