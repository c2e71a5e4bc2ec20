"""Coupons applied to customers: raw discounts, and what they take off an invoice line."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from orchestration.ingestion.simulation.catalogue import COUPONS
from orchestration.ingestion.simulation.journal import Rows
from orchestration.ingestion.simulation.population import Population
from orchestration.ingestion.simulation.subscriptions import (
    customer_ids,
    item_ids,
    subscription_ids,
)
from orchestration.ingestion.simulation.table import Table, ids, instants, where, words
from orchestration.ingestion.simulation.timeline import (
    NONE,
    Floats,
    Ints,
    add_months,
)

_PERCENT: Floats = np.array([c.percent for c in COUPONS])
_AMOUNT: Floats = np.array([c.amount for c in COUPONS], dtype=np.float64)
_MONTHS: Ints = np.array([c.months for c in COUPONS])
_FOREVER = np.array([c.duration == "forever" for c in COUPONS])
_ONCE = np.array([c.duration == "once" for c in COUPONS])
_ON_ITEM = np.array([c.coupon_id == "SPRING25" for c in COUPONS])
"""Applied to the plan's item alone; forever coupons to the customer, others to the subscription."""


@dataclass(frozen=True)
class Discounts:
    """One coupon at most per customer, from the first paid bill: arrays by customer."""

    coupon: Ints
    subscription: Ints
    starts: Ints
    ends: Ints

    def taken_off(self, invoices: Rows, amounts: Floats, *, is_plan: bool) -> Floats:
        """Minor units that the discount takes off a recurring line of each invoice."""
        customer = invoices["customer"]
        coupon = self.coupon[customer]
        applies = (coupon >= 0) & (invoices["at"] >= self.starts[customer])
        applies &= (self.ends[customer] < 0) | (invoices["at"] < self.ends[customer])
        applies &= _FOREVER[coupon] | (invoices["subscription"] == self.subscription[customer])
        applies &= is_plan | ~_ON_ITEM[coupon]
        off = amounts * _PERCENT[coupon] / 100
        off += np.minimum(_AMOUNT[coupon], amounts) if is_plan else 0.0
        return np.where(applies, np.round(off), 0.0)


def grant(invoices: Rows, people: Population) -> Discounts:
    """Start each customer's coupon with the first invoice."""
    order = np.lexsort((invoices["at"],))
    first = np.full(people.size, -1, dtype=np.int64)
    first[invoices["customer"][order][::-1]] = order[::-1]
    paid = first >= 0
    coupon = np.where(paid, people.coupon, NONE)
    # An amount is taken off in its own currency only.
    coupon = np.where((_AMOUNT[coupon] > 0) & (people.currency != 0), NONE, coupon)
    starts = np.where(paid, invoices["at"][first], NONE)
    ends = np.where(
        _ONCE[coupon], invoices["period_end"][first], add_months(starts, _MONTHS[coupon])
    )
    ends = np.where(_FOREVER[coupon], NONE, ends)
    return Discounts(coupon, invoices["subscription"][first], starts, ends)


def discount_rows(discounts: Discounts) -> Table:
    """Object `billing_discounts`."""
    i = np.flatnonzero(discounts.coupon >= 0)
    coupon, subscription = discounts.coupon[i], discounts.subscription[i]
    forever, on_item = _FOREVER[coupon], _ON_ITEM[coupon]
    columns = {
        "discount_id": ids("di_", i),
        "coupon_id": words([c.coupon_id for c in COUPONS], coupon),
        "customer_id": customer_ids(i),
        "subscription_id": where(subscription_ids(subscription), ~forever),
        "subscription_item_id": where(item_ids(subscription, 0), on_item),
        "start_at": instants(discounts.starts[i]),
        "end_at": instants(discounts.ends[i]),
    }
    return Table("billing_discounts", columns, discounts.starts[i])
