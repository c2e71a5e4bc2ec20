"""All items of one billing customer at each instant at which something about them may change.

An item is a line of a subscription with versions, or a simple period. Amounts are in the item's
currency, rounded once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction
from functools import partial
from typing import Any

from tests.oracle.amounts import Digits, rounded
from tests.oracle.discounting import Listed, discounted, end_of
from tests.oracle.policy import STATES, Policy
from tests.oracle.pricing import list_amount, makes_mrr, monthly_factor, next_billing
from tests.oracle.raw_rows import LONG_AGO, Company, Known, Row, Version, in_force
from tests.oracle.subscription_state import State, instants_of, state_at


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


class Billing:
    """A company's billing as it is known; asked for one customer and instant at a time."""

    def __init__(self, company: Company, policy: Policy) -> None:
        known = Known(company, policy.as_of, policy.known_at)
        self.grace = policy.past_due_grace
        self.prices = _by_id(known.versions("billing_prices", "price_id"))
        self.tiers = known.last("billing_price_tiers", "price_id", "tier_number")
        products = known.last("billing_products", "product_id")
        self.plans = {row["product_id"]: row["product_name"] for row in products}
        coupons = known.last("billing_coupons", "coupon_id")
        self.coupons = {row["coupon_id"]: row for row in coupons}
        self.discounts = known.last("billing_discounts", "discount_id")
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
            if row["subscription_item_id"] in held
            or row["subscription_id"] in names
            or (row["customer_id"] == customer and not row["subscription_id"])
        ]

    def at(self, customer: str, instant: datetime) -> tuple[list[ItemMrr], dict[str, State]]:
        """A customer's published items, and the state of every item that it ever had."""
        states: dict[str, State] = {}
        listed: list[Listed] = []
        quantities: dict[str, Fraction] = {}
        for item_id, history, subscription in self.items_of(customer):
            version = history[in_force(history, instant)]
            states[item_id] = state_at(subscription, instant, self.grace)
            if _is_off(version, history, instant):
                states[item_id] = replace(states[item_id], name=None)
            price = self._price(history, instant)
            if states[item_id].name is None or not makes_mrr(price):
                continue
            quantity = version.row["quantity"]
            quantities[item_id] = Fraction(1 if quantity is None else quantity)
            tiers = [row for row in self.tiers if row["price_id"] == price["price_id"]]
            amount = list_amount(price, tiers, quantities[item_id])
            name = states[item_id].name or ""
            listed.append(
                Listed(
                    item_id, version.row["subscription_id"], name, price, amount,
                    partial(self._one_period, history, subscription),
                )
            )  # fmt: skip
        left = discounted(listed, self.discounts_of(customer), instant)
        found = [
            _item_mrr(
                item.item_id, item.subscription_id, item.state, self.plans.get(item.price["product_id"]),
                item.price, quantities[item.item_id], item.amount, left[item.item_id],
            )
            for item in listed
        ]  # fmt: skip
        for row, state in self._period_states(customer, instant):
            states[row["subscription_id"]] = state
            if state.name:
                quantity = Fraction(1 if row["quantity"] is None else row["quantity"])
                amount = Fraction(row["amount_minor"]) * quantity
                found.append(
                    _item_mrr(
                        row["subscription_id"], row["subscription_id"], state.name,
                        row["plan_name"], row, quantity, amount, amount,
                    )
                )  # fmt: skip
        return found, states

    def instants(self, customer: str) -> set[datetime]:
        """Every instant at which `at` may give something else than just before."""
        found: set[datetime] = set()
        for _, history, subscription in self.items_of(customer):
            found |= instants_of(subscription, self.grace)
            for version in history:
                found |= {version.since, version.row["created_at"] or version.since}
                prices = self.prices[version.row["price_id"]]
                found |= {price.since for price in prices}
            for discount, coupon in self.discounts_of(customer):
                end = end_of(discount, coupon, partial(self._one_period, history, subscription))
                found |= {discount["start_at"], end or discount["start_at"]}
        for row in self.periods:
            if row["customer_id"] == customer:
                found |= {row["start_at"], row["start_at"] + self.grace}
                found |= {row["end_at"] or row["start_at"]}
        return found

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
            if state_at(subscription, at, self.grace).name
            and not _is_off(history[in_force(history, at)], history, at)
        ]
        before = [price for at, price in found if at <= start and makes_mrr(price)]
        after = [price for at, price in found if at > start and makes_mrr(price)]
        if not before and not after:
            return start
        return next_billing(before[-1] if before else after[0], start)

    def _price(self, history: list[Version], instant: datetime) -> Row:
        """The price that an item has at an instant, as it is then."""
        prices = self.prices[history[in_force(history, instant)].row["price_id"]]
        return prices[in_force(prices, instant)].row

    def _period_states(self, customer: str, instant: datetime) -> Iterator[tuple[Row, State]]:
        """Simple periods that have begun, with their state; one of a subscription runs at most."""
        own = [row for row in self.periods if row["customer_id"] == customer]
        ended: dict[str, str | None] = {}
        for row in sorted(own, key=lambda row: row["start_at"]):
            if row["start_at"] > instant:
                continue
            status = row["status"] or "active"
            reason = ended.get(row["subscription_id"])
            ended[row["subscription_id"]] = row["cancellation_reason"]
            if row["end_at"] and row["end_at"] <= instant:
                yield row, State(None, row["cancellation_reason"])
            elif status == "past_due" and instant >= self._past_due_since(own, row) + self.grace:
                yield row, State(None, "payment_failure")
            elif STATES[status] == "none":
                yield row, State(None, "unpaid" if status == "unpaid" else reason)
            else:
                yield row, State(STATES[status], reason)

    def _past_due_since(self, own: list[Row], row: Row) -> datetime:
        """When the unbroken run of past due periods began that a period is in."""
        for before in own:
            is_before = (
                before["subscription_id"] == row["subscription_id"]
                and before["end_at"] == row["start_at"]
                and before["status"] == "past_due"
            )
            if is_before and before is not row:
                return self._past_due_since(own, before)
        return row["start_at"]  # type: ignore[no-any-return]


def _by_id(histories: dict[tuple[Any, ...], list[Version]]) -> dict[str, list[Version]]:
    return {key: history for (key,), history in histories.items()}


def _is_off(version: Version, history: list[Version], instant: datetime) -> bool:
    created = history[0].row["created_at"]
    return version.is_gone or (created is not None and instant < created)


def _item_mrr(
    item_id: str, subscription_id: str, state: str, plan: str | None,
    terms: dict[str, Any], quantity: Fraction, listed: Fraction, left: Fraction,
) -> ItemMrr:  # fmt: skip
    factor = monthly_factor(terms)
    return ItemMrr(
        item_id, subscription_id, state, plan, terms["billing_interval"],
        terms["billing_interval_count"] or 1, quantity, terms["currency_code"],
        rounded(listed * factor), rounded(left * factor),
    )  # fmt: skip
