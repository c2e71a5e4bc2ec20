"""A customer's history after merges: its balance from each instant on, and what happened there.

Events are the drill-down of section 3, every change at its instant.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from tests.oracle.amounts import Digits, converted
from tests.oracle.billing import Billing, ItemMrr
from tests.oracle.exchange import Rates
from tests.oracle.policy import CHURN_TYPES, Policy
from tests.oracle.raw_rows import LONG_AGO, Company, Known

Local = Mapping[str, Digits]


@dataclass(frozen=True)
class Balance:
    """What a customer is from an instant until the next one."""

    at: datetime
    items: Mapping[str, ItemMrr]
    local: Local
    mrr: Digits = 0
    trial: Digits = 0
    fx: Digits = 0
    # never_paid, paying, paused or churned
    status: str = "never_paid"
    churn_reason: str | None = None
    churn_type: str | None = None


@dataclass(frozen=True)
class Ledger:
    """Balances of one customer in the order of their instants."""

    customer: str
    balances: Sequence[Balance]

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
    known = Known(company, policy.as_of, policy.known_at)
    merges = [row for row in known.rows("crm_account_merges") if row["merged_at"] < policy.as_of]
    survivor = {row["merged_customer_id"]: row["surviving_customer_id"] for row in merges}
    customers = known.last("billing_customers", "customer_id", effective="updated_at")
    tests = {row["customer_id"] for row in customers if row["is_test"]}
    members: dict[str, list[str]] = defaultdict(list)
    for customer in sorted(billing.customers() - tests):
        final = customer
        while final in survivor:
            final = survivor[final]
        members[final].append(customer)
    return [
        Ledger(f"{company.name}:{final}", _balances(billing, own, rates, policy))
        for final, own in members.items()
    ]


def _balances(
    billing: Billing, customers: Sequence[str], rates: Rates, policy: Policy
) -> list[Balance]:
    currencies = {
        price.row["currency_code"] for history in billing.prices.values() for price in history
    } | {row["currency_code"] for row in billing.periods}
    instants = set().union(*(billing.instants(customer) for customer in customers))
    if not instants:
        return []
    first = min(instants)
    for currency in currencies:
        instants |= {instant for instant in rates.instants(currency) if instant > first}
    found: list[Balance] = []
    last = Balance(LONG_AGO, {}, {})
    for instant in sorted(instant for instant in instants if instant < policy.as_of):
        last = _next(last, billing, customers, instant, rates)
        found.append(last)
    return found


def _next(
    last: Balance, billing: Billing, customers: Sequence[str], instant: datetime, rates: Rates
) -> Balance:
    answers = [billing.at(customer, instant) for customer in customers]
    items = {item.item_id: item for found, _ in answers for item in found}
    states = {name: state for _, known in answers for name, state in known.items()}
    local = _by_currency(items, "paying")
    mrr, trial = (
        sum(converted(amount, rates.at(code, instant)) for code, amount in amounts.items())
        for amounts in (local, _by_currency(items, "trial"))
    )
    fx = sum(
        converted(amount, rates.at(code, instant)) - converted(amount, rates.at(code, last.at))
        for code, amount in last.local.items()
        if amount
    )
    is_paused = any(item.state == "paused" and item.mrr for item in items.values())
    status = _status(last.status, mrr, is_paused)
    reason, churn_type = last.churn_reason, last.churn_type
    if status == "churned" and last.status in {"paying", "paused"}:
        kind = "paying" if last.status == "paying" else "paused"
        gone = [item for item in last.items.values() if item.state == kind and item.mrr]
        size = {
            item.item_id: converted(item.mrr, rates.at(item.currency_code, last.at))
            for item in gone
        }
        largest = min(gone, key=lambda item: (-size[item.item_id], item.item_id))
        reason = states[largest.item_id].reason
        churn_type = CHURN_TYPES[reason] if reason else "unknown"
    return Balance(instant, items, local, mrr, trial, fx, status, reason, churn_type)


def _status(last: str, mrr: Digits, is_paused: bool) -> str:
    if mrr:
        return "paying"
    if last == "never_paid":
        return last
    return "paused" if is_paused else "churned"


def _by_currency(items: Mapping[str, ItemMrr], state: str) -> dict[str, Digits]:
    found: dict[str, Digits] = defaultdict(int)
    for item in items.values():
        if item.state == state:
            found[item.currency_code] += item.mrr
    return dict(found)
