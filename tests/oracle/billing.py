"""All items of one billing customer at each instant at which something about them may change.

An item is a line of a subscription with versions, or a simple period. Amounts are in the item's
currency, rounded once. Discounts that the policy leaves out do not exist here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction
from functools import partial
from typing import Any

from tests.oracle import scheduled_ends, simple_periods
from tests.oracle.amounts import Digits, rounded
from tests.oracle.discounting import Listed, discounted, end_of
from tests.oracle.policy import DURATIONS, Policy
from tests.oracle.pricing import (
    list_amount,
    makes_mrr,
    monthly_factor,
    next_billing,
    tiers_in_force,
)
from tests.oracle.raw_rows import LONG_AGO, Company, Known, Row, Version, in_force, is_off
from tests.oracle.scheduled_ends import Click, clicks, is_committed, scheduled_end
from tests.oracle.subscription_state import State, instants_of, state_at, telling_place


@dataclass(frozen=True)
class ItemMrr:
    """An item in a state that is published, at one instant or over an interval."""

    item_id: str
    subscription_id: str
    state: str
    plan_name: str | None
    billing_interval: str
    billing_interval_count: int
    quantity: Fraction
    currency_code: str
    list_mrr: Digits
    mrr: Digits
    # What of it is committed: once-discounts at their next price, nothing of what is about to end.
    committed: Digits = 0


class Billing:
    """A company's billing as it is known; asked for one customer and instant at a time."""

    def __init__(self, company: Company, policy: Policy) -> None:
        known = Known(company, policy.as_of, policy.known_at)
        self.policy = policy
        self.grace = policy.past_due_grace
        self.prices = _by_id(known.versions("billing_prices", "price_id"))
        self.tiers = known.versions("billing_price_tiers", "price_id", "tier_number")
        products = known.last("billing_products", "product_id")
        self.plans = {row["product_id"]: row["product_name"] for row in products}
        coupons = known.last_told("billing_coupons", "coupon_id")
        self.coupons = {row["coupon_id"]: row for row in coupons}
        self.discounts = known.last_told("billing_discounts", "discount_id")
        self.subscriptions = _by_id(
            known.versions("billing_subscriptions", "subscription_id", effective="updated_at")
        )
        self.items = _by_id(
            known.versions(
                "billing_subscription_items", "subscription_item_id", effective="updated_at"
            )
        )
        self.periods = known.last("billing_subscription_periods", "subscription_id", "start_at")

    def customers(self) -> set[str]:
        """Billing customers that hold something."""
        held = {history[0].row["customer_id"] for history in self.subscriptions.values()}
        return held | {row["customer_id"] for row in self.periods}

    def items_of(self, customer: str) -> Iterator[tuple[str, list[Version], list[Version]]]:
        """Each item of a customer with its versions and those of its subscription."""
        for item_id, history in sorted(self.items.items()):
            subscription = self.subscriptions.get(history[0].row["subscription_id"])
            if subscription and subscription[0].row["customer_id"] == customer:
                yield item_id, history, subscription

    def discounts_of(self, customer: str) -> list[tuple[Row, Row]]:
        """Discounts on anything that a customer holds, with their coupons."""
        held = {item_id: sub[0].row for item_id, _, sub in self.items_of(customer)}
        names = {row["subscription_id"] for row in held.values()}
        return [
            (row, self.coupons[row["coupon_id"]])
            for row in sorted(self.discounts, key=lambda row: row["discount_id"])
            if self.coupons[row["coupon_id"]]["duration"] in DURATIONS[self.policy.discount_policy]
            and (
                row["subscription_item_id"] in held
                or row["subscription_id"] in names
                or (row["customer_id"] == customer and not row["subscription_id"])
            )
        ]

    def at(self, customer: str, instant: datetime) -> tuple[list[ItemMrr], dict[str, State]]:
        """A customer's published items, and the state of every item that it ever had."""
        states: dict[str, State] = {}
        listed: list[Listed] = []
        quantities: dict[str, Fraction] = {}
        ends: dict[str, datetime | None] = {}
        for item_id, history, subscription in self.items_of(customer):
            version = history[in_force(history, instant)]
            states[item_id] = state_at(subscription, instant, self.grace)
            if is_off(history, instant):
                states[item_id] = replace(states[item_id], name=None)
            price = self._price(history, instant)
            if states[item_id].name is None or not makes_mrr(price):
                continue
            quantity = version.row["quantity"]
            quantities[item_id] = Fraction(1 if quantity is None else quantity)
            telling = subscription[telling_place(subscription, instant)]
            ends[item_id] = scheduled_end(telling, version.row)
            tiers = tiers_in_force(self._tiers(price["price_id"]), instant)
            amount = list_amount(price, tiers, quantities[item_id])
            name = states[item_id].name or ""
            listed.append(
                Listed(
                    item_id, version.row["subscription_id"], name, price, amount,
                    partial(self._one_period, history, subscription),
                )
            )  # fmt: skip
        discounts = self.discounts_of(customer)
        lasting = [(row, coupon) for row, coupon in discounts if coupon["duration"] != "once"]
        left = discounted(listed, discounts, instant)
        next_left = left if lasting == discounts else discounted(listed, lasting, instant)
        found = [
            _item_mrr(
                item.item_id, item.subscription_id, item.state, self.plans.get(item.price["product_id"]),
                item.price, quantities[item.item_id], item.amount, left[item.item_id],
                next_left[item.item_id] if is_committed(ends[item.item_id], instant) else Fraction(0),
            )
            for item in listed
        ]  # fmt: skip
        own = [row for row in self.periods if row["customer_id"] == customer]
        for row, state in simple_periods.states(own, instant, self.grace):
            states[row["subscription_id"]] = state
            if state.name:
                quantity = Fraction(1 if row["quantity"] is None else row["quantity"])
                amount = Fraction(row["amount_minor"]) * quantity
                found.append(
                    _item_mrr(
                        row["subscription_id"], row["subscription_id"], state.name,
                        row["plan_name"], row, quantity, amount, amount, amount,
                    )
                )  # fmt: skip
        return found, states

    def instants(self, customer: str) -> set[datetime]:
        """Every instant at which `at` may give something else than just before."""
        found: set[datetime] = set()
        for _, history, subscription in self.items_of(customer):
            found |= instants_of(subscription, self.grace)
            found |= scheduled_ends.instants(subscription, history)
            for version in history:
                found |= {version.since, version.row["created_at"] or version.since}
                prices = self.prices[version.row["price_id"]]
                found |= {price.since for price in prices}
                tiers = self._tiers(version.row["price_id"])
                found |= {tier.since for versions in tiers for tier in versions}
            for discount, coupon in self.discounts_of(customer):
                end = end_of(discount, coupon, partial(self._one_period, history, subscription))
                found |= {discount["start_at"], end or discount["start_at"]}
        own = [row for row in self.periods if row["customer_id"] == customer]
        return found | simple_periods.instants(own, self.grace)

    def clicks(self, customer: str) -> Iterator[Click]:
        """Every click on cancel of a customer up to the run's end."""
        for name, history in sorted(self.subscriptions.items()):
            if history[0].row["customer_id"] != customer:
                continue
            items = [own for own in self.items.values() if own[0].row["subscription_id"] == name]
            for at, end, reason in clicks(history, items):
                if at < self.policy.as_of:
                    yield Click(name, at, self.policy.day_of(at), end, reason)

    def _one_period(
        self, history: list[Version], subscription: list[Version], start: datetime
    ) -> datetime:
        """One billing period after an instant, of the price that an item is then billed by.

        If it is not billed then, of the last one before, else of the first one after.
        """
        prices = [price for v in history for price in self.prices[v.row["price_id"]]]
        instants = {version.since for version in [*history, *prices]} | {LONG_AGO}
        instants |= instants_of(subscription, self.grace)
        found = [
            (at, self._price(history, at))
            for at in sorted(instants)
            if state_at(subscription, at, self.grace).name and not is_off(history, at)
        ]
        before = [price for at, price in found if at <= start and makes_mrr(price)]
        after = [price for at, price in found if at > start and makes_mrr(price)]
        if not before and not after:
            return start
        return next_billing(before[-1] if before else after[0], start)

    def _tiers(self, price: str) -> list[list[Version]]:
        """The versions of each tier of a price."""
        return [history for (own, _), history in self.tiers.items() if own == price]

    def _price(self, history: list[Version], instant: datetime) -> Row:
        """The price that an item has at an instant, as it is then."""
        prices = self.prices[history[in_force(history, instant)].row["price_id"]]
        return prices[in_force(prices, instant)].row


def _by_id(histories: dict[tuple[Any, ...], list[Version]]) -> dict[str, list[Version]]:
    return {key: history for (key,), history in histories.items()}


def _item_mrr(
    item_id: str, subscription_id: str, state: str, plan: str | None,
    terms: dict[str, Any], quantity: Fraction, listed: Fraction, left: Fraction, committed: Fraction,
) -> ItemMrr:  # fmt: skip
    factor = monthly_factor(terms)
    return ItemMrr(
        item_id, subscription_id, state, plan, terms["billing_interval"],
        terms["billing_interval_count"] or 1, quantity, terms["currency_code"],
        rounded(listed * factor), rounded(left * factor), rounded(committed * factor),
    )  # fmt: skip
