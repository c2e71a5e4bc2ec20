"""What a customer pays for at a snapshot and what binds it: seats, MRR, terms, notice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

from tests.oracle.amounts import Digits
from tests.oracle.billing import ItemMrr
from tests.oracle.calendar_periods import months_later
from tests.oracle.conversion import Conversion
from tests.oracle.exchange import Rates
from tests.oracle.health.knowledge import Knowledge
from tests.oracle.health.paid import Paid, Payments
from tests.oracle.ledger import Ledger
from tests.oracle.raw_rows import Row

# Seats are compared with those so long before.
HALF_A_YEAR = timedelta(days=182)
# Who is bound for less can leave at any time.
LONG_TERM_MONTHS = 6
NOTICE_DAYS = 60
HORIZONS = (30, 90)
INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True)
class Subscription:
    """What is paid for one subscription at a snapshot."""

    name: str
    customer: str
    paying_from: datetime
    seats: Fraction
    mrr: Digits
    main: ItemMrr

    @property
    def term_months(self) -> int:
        """Months of billing; who pays by the day or the week is bound for a month at most."""
        months = {"year": 12, "month": 1}.get(self.main.billing_interval)
        return months * self.main.billing_interval_count if months else 1


class Contracts:
    """What the customers of one company pay for, snapshot by snapshot."""

    def __init__(self, knowledge: Knowledge, ledgers: Sequence[Ledger], rates: Rates) -> None:
        self.knowledge = knowledge
        self.policy = knowledge.policy
        self.paid = Payments(knowledge, ledgers).paid
        self.conversions: dict[str, Conversion] = {}
        for ledger in ledgers:
            conversion = Conversion(rates, ((b.at, b.items.values()) for b in ledger.balances))
            for balance in ledger.balances:
                self.conversions |= dict.fromkeys(balance.items, conversion)

    def customers(self, day: date) -> dict[str, dict[str, Any]]:
        """Each customer that pays at a snapshot, with what it pays for and what binds it."""
        customers = self.knowledge.customers(day)
        own: dict[str, list[Paid]] = defaultdict(list)
        running: dict[str, list[Paid]] = defaultdict(list)
        for history in self.paid.values():
            known = [paid for paid in history if paid.known_from <= day]
            for paid in known:
                # Before a later one it is over; else it runs until its end is known.
                is_running = paid is known[-1] and day < paid.known_to
                own[customers[paid.customer]].append(
                    replace(paid, until=None) if is_running else paid
                )
                if is_running:
                    running[customers[paid.customer]].append(paid)
        return {
            customer: self._told_of(day, held, own[customer]) for customer, held in running.items()
        }

    def _told_of(
        self, day: date, running: Sequence[Paid], history: Sequence[Paid]
    ) -> dict[str, Any]:
        at = self.policy.start_of(day)
        first = min(paid.since for paid in history)
        subscriptions = self._subscriptions(at, running, history)
        before = _earlier_seats(history, at, first)
        seats = sum((own.seats for own in subscriptions), Fraction(0))
        terms = [self._term(own, day) for own in subscriptions]
        main = terms[0]
        long = [
            term["period_end_days"] for term in terms if term["term_months"] >= LONG_TERM_MONTHS
        ]
        return {
            "snapshot_at": at, "tenure_days": (day - self.policy.day_of(first)).days,
            "seat_count": seats, "seat_change": seats / before if before else None,
            "mrr_amount": sum(own.mrr for own in subscriptions),
            "plan": subscriptions[0].main.plan_name, "billing_interval": subscriptions[0].main.billing_interval,
            "term_months": main["term_months"], "period_end_days": main["period_end_days"],
            "auto_renews": main["auto_renews"], "renewal_days": min(long, default=None),
            "has_given_notice": all(term["has_notice"] for term in terms),
            **{
                f"can_leave_within_{days}": main["term_months"] < LONG_TERM_MONTHS
                or main["period_end_days"] <= days + NOTICE_DAYS
                for days in HORIZONS
            },
        }  # fmt: skip

    def _subscriptions(
        self, at: datetime, running: Sequence[Paid], history: Sequence[Paid]
    ) -> list[Subscription]:
        """Subscriptions that are paid for, the largest first."""
        found = []
        for name in {paid.item.subscription_id for paid in running}:
            own = [paid for paid in running if paid.item.subscription_id == name]
            mrr = {paid.item.item_id: self._mrr(paid.item, at) for paid in own}
            main = min(own, key=lambda paid: (-mrr[paid.item.item_id], paid.item.item_id))
            begun = min(paid.since for paid in history if paid.item.subscription_id == name)
            seats = max(paid.item.quantity for paid in own)
            found.append(
                Subscription(name, own[0].customer, begun, seats, sum(mrr.values()), main.item)
            )
        return sorted(found, key=lambda own: (-own.mrr, own.name))

    def _mrr(self, item: ItemMrr, at: datetime) -> Digits:
        """An item's MRR at the rate just before a snapshot."""
        conversion = self.conversions[item.item_id]
        return conversion.of(item.mrr, conversion.key(item), at - INSTANT)

    def _term(self, own: Subscription, day: date) -> dict[str, Any]:
        """What binds a subscription: the contract that runs, else billing."""
        knowledge, at = self.knowledge, self.policy.start_of(day)
        contracts = [
            row
            for row in knowledge.held("crm_contracts", day)
            if row["customer_id"] == own.customer
            and row["subscription_id"] in {None, own.name}
            and row["start_date"] < day
            and (end := row["end_date"] or row["renewal_date"])
            and end >= day
        ]
        contract: Row = max(
            contracts, key=lambda row: (row["start_date"], row["contract_id"]), default={}
        )
        versions = [
            row
            for row in knowledge.held("billing_subscriptions", day)
            if row["subscription_id"] == own.name
        ]
        items = [
            row
            for row in knowledge.held("billing_subscription_items", day)
            if row["subscription_id"] == own.name and not row["is_removed"]
        ]
        latest = months_later(at, own.term_months)
        ends = [row["current_period_end_at"] for row in [*versions, *items]]
        running = min((end for end in ends if end and at <= end <= latest), default=None)
        end = contract.get("end_date") or contract.get("renewal_date")
        end = end or self.policy.day_of(running or _term_end(own, at))
        told = contract.get("notice_given_at")
        return {
            "term_months": contract.get("term_months") or own.term_months,
            "period_end_days": (end - day).days,
            "auto_renews": contract.get("is_auto_renew"),
            "has_notice": bool(told and told < at) or any(_has_notice(row, at) for row in versions),
        }


def _earlier_seats(history: Sequence[Paid], at: datetime, first: datetime) -> Fraction:
    """Seats 26 weeks before, or the first paid ones of a younger customer."""
    before = at - HALF_A_YEAR
    seats: dict[str, Fraction] = {}
    for paid in history:
        if first < before:
            is_held = paid.since < before and (paid.until is None or paid.until >= before)
        else:
            is_held = paid.since == first
        if is_held:
            name = paid.item.subscription_id
            seats[name] = max(paid.item.quantity, seats.get(name, Fraction(0)))
    return sum(seats.values(), Fraction(0))


def _term_end(own: Subscription, at: datetime) -> datetime:
    """The end of the term that runs, when they have followed one another since the first payment."""
    terms = 1
    while months_later(own.paying_from, terms * own.term_months) < at:
        terms += 1
    return months_later(own.paying_from, terms * own.term_months)


def _has_notice(row: Mapping[str, Any], at: datetime) -> bool:
    """Whether billing says that a subscription has been cancelled, or is to end."""
    is_ending = row["cancel_at"] or row["is_cancel_at_period_end"] or row["ended_at"]
    if not is_ending and row["status"] != "canceled":
        return False
    return bool((row["canceled_at"] or row["updated_at"] or row["_loaded_at"]) < at)
