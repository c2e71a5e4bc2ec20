"""List price of a quantity for one billing period, in minor units, and what a period is in months."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from fractions import Fraction

from tests.oracle.calendar_periods import months_later
from tests.oracle.policy import EXPONENTS, INTERVAL_FACTORS
from tests.oracle.raw_rows import Row, Version, in_force


def makes_mrr(price: Row) -> bool:
    """True for recurring licensed prices."""
    kind = price["price_type"] or ("recurring" if price["billing_interval"] else "one_time")
    return bool(kind == "recurring" and price["usage_type"] != "metered")


def monthly_factor(row: Row) -> Fraction:
    """What one billing period's amount in minor units is in a month, in the currency's own units."""
    count = row["billing_interval_count"] or 1
    units = Fraction(10 ** EXPONENTS[row["currency_code"]])
    return INTERVAL_FACTORS[row["billing_interval"]] / count / units


def next_billing(price: Row, instant: datetime) -> datetime:
    """One billing period after an instant."""
    count = price["billing_interval_count"] or 1
    unit = price["billing_interval"]
    if unit in {"day", "week"}:
        return instant + timedelta(days=count * (7 if unit == "week" else 1))
    return months_later(instant, count * (12 if unit == "year" else 1))


def list_amount(price: Row, tiers: Sequence[Row], quantity: Fraction) -> Fraction:
    """The price of a quantity, tiers included."""
    if price["billing_scheme"] != "tiered":
        return quantity * Fraction(price["unit_amount_minor"])
    total = Fraction(0)
    below = Fraction(0)
    for tier in sorted(tiers, key=lambda row: row["tier_number"]):
        if quantity <= below:
            break
        top = tier["up_to_quantity"]
        reached = quantity if top is None else min(quantity, Fraction(top))
        units = reached - below if price["tiers_mode"] == "graduated" else quantity
        amount = units * Fraction(tier["unit_amount_minor"] or 0)
        amount += Fraction(tier["flat_amount_minor"] or 0)
        total = total + amount if price["tiers_mode"] == "graduated" else amount
        below = reached
    return total


def tiers_in_force(tiers: Sequence[Sequence[Version]], instant: datetime) -> list[Row]:
    """A price's tiers at an instant; what is known first of them has always held, what is added later not."""
    first = min((history[0].since for history in tiers), default=instant)
    there = [
        history[in_force(history, instant)]
        for history in tiers
        if history[0].since == first or history[0].since <= instant
    ]
    return [version.row for version in there if not version.is_gone]
