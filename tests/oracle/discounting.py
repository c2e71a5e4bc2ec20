"""What discounts leave of the list prices of a customer's items at one instant."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from math import floor, prod
from typing import Any

from tests.oracle.amounts import rounded_to
from tests.oracle.calendar_periods import months_later
from tests.oracle.raw_rows import Row


@dataclass(frozen=True)
class Listed:
    """An item at an instant with its list price for one billing period, in minor units.

    `once` gives the end of a discount for one billing period that starts at an instant.
    """

    item_id: str
    subscription_id: str
    state: str
    price: Row
    amount: Fraction
    once: Callable[[datetime], datetime]


def end_of(discount: Row, coupon: Row, once: Callable[[datetime], datetime]) -> datetime | None:
    """When a discount stops to apply to an item; none while it has no end."""
    start: datetime = discount["start_at"]
    end: datetime | None = discount["end_at"]
    if end is None and coupon["duration"] == "repeating":
        end = months_later(start, coupon["duration_in_months"])
    if coupon["duration"] == "once":
        # Billing takes it off when it is used.
        return once(start) if end is None else end
    gone: datetime | None = discount["_vanished_at"]
    known = [instant for instant in (end, gone) if instant is not None]
    return min(known) if known else None


def applies(discount: Row, coupon: Row, item: Listed, instant: datetime) -> bool:
    """Whether a discount of the item's customer lies on the item at an instant."""
    if discount["subscription_item_id"]:
        in_scope = discount["subscription_item_id"] == item.item_id
    else:
        in_scope = discount["subscription_id"] in {None, item.subscription_id}
    end = end_of(discount, coupon, item.once)
    return in_scope and discount["start_at"] <= instant and (end is None or instant < end)


def discounted(
    items: Sequence[Listed], discounts: Sequence[tuple[Row, Row]], instant: datetime
) -> dict[str, Fraction]:
    """The amount of each item, by its identifier: percents, then its own amounts, then shared ones."""
    percents: dict[str, list[tuple[bool, Fraction]]] = defaultdict(list)
    own: dict[str, int] = defaultdict(int)
    shared: dict[tuple[str, ...], int] = defaultdict(int)
    for discount, coupon in discounts:
        on = [item for item in items if applies(discount, coupon, item, instant)]
        if coupon["percent_off"] is not None:
            for item in on:
                # What applies once comes last: see _factor.
                percents[item.item_id].append(
                    (coupon["duration"] == "once", 1 - Fraction(coupon["percent_off"]) / 100)
                )
            continue
        on = [item for item in on if item.price["currency_code"] == coupon["currency_code"]]
        for invoice in {_invoice(item) for item in on}:
            together = tuple(item.item_id for item in on if _invoice(item) == invoice)
            if discount["subscription_item_id"]:
                own[together[0]] += coupon["amount_off_minor"] or 0
            else:
                shared[together] += coupon["amount_off_minor"] or 0
    left = {
        item.item_id: rounded_to(item.amount * _factor(percents[item.item_id]), 10)
        for item in items
    }
    for name, amount in own.items():
        left[name] = max(Fraction(0), left[name] - amount)
    weights = dict(left)
    for names, amount in shared.items():
        for name, share in shares(amount, {name: weights[name] for name in names}).items():
            left[name] -= share
    return {item_id: max(amount, Fraction(0)) for item_id, amount in left.items()}


def _factor(left: list[tuple[bool, Fraction]]) -> Fraction:
    """What several percents leave: exact to 18 digits, for each four of them, the largest first."""
    ordered = [part for _, part in sorted(left)]
    fours = [rounded_to(prod(ordered[n : n + 4], start=Fraction(1)), 18) for n in (0, 4)]
    return rounded_to(fours[0] * fours[1], 18)


def _invoice(item: Listed) -> tuple[Any, ...]:
    """What is billed together: an amount is taken off each billing period of a subscription."""
    price = item.price
    return item.subscription_id, price["billing_interval"], price["billing_interval_count"] or 1


def shares(amount: int, weights: dict[str, Fraction]) -> dict[str, Fraction]:
    """Whole minor units for each item in proportion to its weight, by largest remainder.

    Where the amount is all there is, each item gives all that it has.
    """
    total = sum(weights.values())
    if amount >= total:
        return weights
    exact = {name: amount * weight / total for name, weight in weights.items()}
    given = {name: Fraction(floor(value)) for name, value in exact.items()}
    by_remainder = sorted(exact, key=lambda name: (given[name] - exact[name], name))
    for name in by_remainder[: int(amount - sum(given.values()))]:
        given[name] += 1
    return given
