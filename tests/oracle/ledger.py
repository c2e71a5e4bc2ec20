"""A customer's history after merges: its balance from each instant on, and what happened there.

Events are the drill-down of section 3, every change at its instant.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction
from functools import partial

from tests.oracle.amounts import Digits
from tests.oracle.billing import Billing, ItemMrr
from tests.oracle.conversion import Conversion, Local, RateKey
from tests.oracle.exchange import Rates
from tests.oracle.merges import members
from tests.oracle.policy import CHURN_TYPES, Policy
from tests.oracle.raw_rows import LONG_AGO, Company
from tests.oracle.subscription_state import State

# What each customer that billing knows has at an instant: its items, and the state of all it ever had.
Held = list[tuple[list[ItemMrr], dict[str, State]]]


@dataclass(frozen=True)
class Balance:
    """What a customer is from an instant until the next one."""

    at: datetime
    items: Mapping[str, ItemMrr]
    local: Local
    mrr: Digits = 0
    trial: Digits = 0
    committed: Digits = 0
    fx: Digits = 0
    # never_paid, paying, paused or churned
    status: str = "never_paid"
    churn_reason: str | None = None
    churn_type: str | None = None
    # The item with most MRR, a trial's while nothing is paid; after a churn the last one.
    main_item: ItemMrr | None = None

    @property
    def is_empty(self) -> bool:
        """True when nothing is paid, tried, committed or paused."""
        paused = any(item.state == "paused" and item.mrr for item in self.items.values())
        return not (self.mrr or self.trial or self.committed or paused)


@dataclass(frozen=True)
class Ledger:
    """Balances of one customer in the order of their instants."""

    customer: str
    balances: Sequence[Balance]
    # The customers that billing knows it by: itself and those merged into it.
    members: Sequence[str] = ()

    def before(self, instant: datetime) -> Balance:
        """The balance just before an instant."""
        place = bisect_left(self.balances, instant, key=lambda balance: balance.at)
        return self.balances[place - 1] if place else Balance(LONG_AGO, {}, {})

    def within(self, start: datetime, end: datetime) -> Sequence[Balance]:
        """The balances that began in a period."""
        first = bisect_left(self.balances, start, key=lambda balance: balance.at)
        last = bisect_left(self.balances, end, key=lambda balance: balance.at)
        return self.balances[first:last]

    def first_paid(self) -> datetime | None:
        return next((balance.at for balance in self.balances if balance.mrr), None)


def ledgers(company: Company, rates: Rates, policy: Policy) -> list[Ledger]:
    """The ledger of each customer after merges; what test customers hold is left out."""
    billing = Billing(company, policy)
    return [
        Ledger(f"{company.name}:{final}", _balances(billing, own, rates, policy), own)
        for final, own in members(company, policy).items()
    ]


def _balances(
    billing: Billing, customers: Sequence[str], rates: Rates, policy: Policy
) -> list[Balance]:
    currencies = {
        price.row["currency_code"] for history in billing.prices.values() for price in history
    } | {row["currency_code"] for row in billing.periods}
    changing = set[datetime]().union(*(billing.instants(customer) for customer in customers))
    if not changing:
        return []
    first = min(changing)
    moving = set[datetime]().union(*(rates.instants(currency) for currency in currencies))
    instants = changing | {instant for instant in moving if instant > first}
    held: dict[datetime, Held] = {}
    known: Held = []
    for instant in sorted(instant for instant in instants if instant < policy.as_of):
        if instant in changing:
            known = [billing.at(customer, instant) for customer in customers]
        held[instant] = known
    conversion = Conversion(
        rates, ((at, [item for items, _ in told for item in items]) for at, told in held.items())
    )
    found: list[Balance] = []
    last = Balance(LONG_AGO, {}, {})
    for instant, known in held.items():
        last = _next(last, known, instant, conversion, folds=policy.pause_policy == "fold")
        found.append(last)
    return list(_without_short_gaps(found, policy))


def _next(
    last: Balance, known: Held, instant: datetime, conversion: Conversion, *, folds: bool
) -> Balance:
    items = {item.item_id: item for found, _ in known for item in found}
    states = {name: state for _, own in known for name, state in own.items()}
    local = _by_rate(items, "paying", "mrr", conversion)
    mrr, trial, committed = (
        sum(conversion.of(amount, key, instant) for key, amount in amounts.items())
        for amounts in (
            local,
            _by_rate(items, "trial", "mrr", conversion),
            _by_rate(items, "paying", "committed", conversion),
        )
    )
    fx = sum(
        conversion.of(amount, key, instant) - conversion.of(amount, key, last.at)
        for key, amount in last.local.items()
        if amount
    )
    is_paused = any(item.state == "paused" and item.mrr for item in items.values())
    status = _status(last.status, mrr, is_paused and not folds)
    reason, churn_type = last.churn_reason, last.churn_type
    if status == "churned" and last.status in {"paying", "paused"}:
        kind = "paying" if last.status == "paying" else "paused"
        gone = [item for item in last.items.values() if item.state == kind and item.mrr]
        largest = min(gone, key=partial(_ended_place, conversion=conversion, instant=last.at))
        reason = states[largest.item_id].reason
        churn_type = CHURN_TYPES[reason] if reason else "unknown"
    main = [item for item in items.values() if item.state in {"paying", "trial"} and item.mrr]
    main_item = min(
        main, key=partial(_place, conversion=conversion, instant=instant), default=last.main_item
    )
    return Balance(
        instant, items, local, mrr, trial, committed, fx, status, reason, churn_type, main_item
    )


def _place(item: ItemMrr, conversion: Conversion, instant: datetime) -> tuple[bool, Fraction, str]:
    """Where an item stands among those of its customer: paid ones first, then by MRR."""
    return item.state != "paying", -conversion.size(item, instant), item.item_id


def _ended_place(item: ItemMrr, conversion: Conversion, instant: datetime) -> tuple[Digits, str]:
    """Where an item stands among those that ended together: by MRR as it is published."""
    return -conversion.of(item.mrr, conversion.key(item), instant), item.item_id


def _without_short_gaps(balances: Sequence[Balance], policy: Policy) -> Iterator[Balance]:
    """A gap without MRR that is shorter than the setting is no churn: it counts as a pause."""
    since = LONG_AGO
    for n, balance in enumerate(balances):
        if balance.mrr:
            yield balance
            continue
        if n and balances[n - 1].mrr:
            since = balance.at
        back = next((later.at for later in balances[n:] if later.mrr), None)
        is_short = back is not None and back < since + policy.reactivation_gap
        yield (
            replace(balance, status="paused")
            if is_short and balance.status == "churned"
            else balance
        )


def _status(last: str, mrr: Digits, is_paused: bool) -> str:
    if mrr:
        return "paying"
    if last == "never_paid":
        return last
    # Who has left is not paused by a subscription that begins with a pause.
    return "paused" if is_paused and last in {"paying", "paused"} else "churned"


def _by_rate(
    items: Mapping[str, ItemMrr], state: str, amount: str, conversion: Conversion
) -> dict[RateKey, Digits]:
    found: dict[RateKey, Digits] = defaultdict(int)
    for item in items.values():
        if item.state == state:
            found[conversion.key(item)] += getattr(item, amount)
    return dict(found)
