"""Movements between two balances of a customer: section 3's table, for events and for periods."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from tests.oracle.amounts import Digits
from tests.oracle.ledger import Balance, Ledger
from tests.oracle.policy import Policy
from tests.oracle.raw_rows import LONG_AGO


@dataclass(frozen=True)
class Movement:
    """One movement of a customer."""

    type: str
    amount: Digits
    starting: Digits
    ending: Digits
    churn_type: str | None = None
    churn_reason: str | None = None


@dataclass(frozen=True)
class Net:
    """What one customer did in a period."""

    period: tuple[date, date]
    start: Balance
    end: Balance
    movements: tuple[Movement, ...]
    steps: Sequence[tuple[date, Balance]]

    @property
    def has_paid(self) -> bool:
        """Paid at some time within the period."""
        return any(step.mrr for _, step in self.steps)

    def opening(self, balance: str) -> date:
        """The first opening that sees a balance of the period: its own, or after the balance began."""
        if not getattr(self.start, balance):
            for day, step in self.steps:
                if getattr(step, balance):
                    return day + timedelta(days=1)
        return self.period[0]

    @property
    def came_and_left(self) -> bool:
        """Paid within the period only, and left: section 3's intra-period churn."""
        return (
            self.has_paid
            and not self.movements
            and self.start.status in {"never_paid", "churned"}
            and self.end.status == "churned"
        )


def between(start: Balance, end: Balance, fx: Digits) -> tuple[Movement, ...]:
    """The movements that lead from one balance to another; `fx` is what rates alone moved."""
    a, b = start.mrr, end.mrr

    def one(kind: str, amount: Digits) -> Movement:
        if kind == "churn":
            return Movement(kind, amount, a, b, end.churn_type, end.churn_reason)
        return Movement(kind, amount, a, b)

    if not a and b:
        kinds = {"never_paid": "new", "churned": "reactivation", "paused": "resume"}
        return (one(kinds[start.status], b),)
    if a and not b:
        return (one("pause" if end.status == "paused" else "churn", -a),)
    if not a:
        return (one("churn", 0),) if (start.status, end.status) == ("paused", "churned") else ()
    rest = b - a - fx
    found = []
    if rest:
        found.append(one("expansion" if rest > 0 else "contraction", rest))
    if fx:
        found.append(one("fx", fx))
    return tuple(found)


def events(ledger: Ledger) -> Iterator[tuple[datetime, Movement]]:
    """Every movement of a customer at its instant."""
    last = Balance(LONG_AGO, {}, {})
    for balance in ledger.balances:
        for movement in between(last, balance, balance.fx):
            yield balance.at, movement
        last = balance


def net(ledger: Ledger, period: tuple[date, date], policy: Policy) -> Net:
    """What a customer did in a period."""
    start, end = (policy.start_of(day) for day in period)
    steps = ledger.within(start, end)
    opening = ledger.before(start)
    closing = steps[-1] if steps else opening
    found = between(opening, closing, sum(step.fx for step in steps))
    days = [(policy.day_of(step.at), step) for step in steps]
    return Net(period, opening, closing, found, days)
