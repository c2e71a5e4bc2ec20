"""What the oracle says of one company, as rows keyed like the marts' grain."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import astuple, dataclass, field
from datetime import date, datetime
from typing import Any

from tests.oracle.amounts import rounded
from tests.oracle.billing import ItemMrr
from tests.oracle.calendar_periods import GRAINS, MONTHS, TRAILING, periods
from tests.oracle.exchange import Rates
from tests.oracle.ledger import Ledger, ledgers
from tests.oracle.movements import events, net
from tests.oracle.policy import Policy
from tests.oracle.raw_rows import Company
from tests.oracle.totals import Cells, retention, roll_forward

Key = tuple[Any, ...]
Table = dict[Key, Any]
# Windows of section 4.
WINDOWS = {*MONTHS, TRAILING}


@dataclass
class Answers:
    """The tables of one company, by mart."""

    ledgers: list[Ledger]
    items: Table = field(default_factory=dict)
    changes: Table = field(default_factory=dict)
    movements: Table = field(default_factory=dict)
    roll_forward: dict[Key, Cells] = field(default_factory=dict)
    retention: dict[Key, Cells] = field(default_factory=dict)
    customers: Table = field(default_factory=dict)

    def pays_or_tries(self) -> Iterator[bool]:
        """For each balance of each customer, whether it has an item in any published state."""
        return (bool(balance.items) for ledger in self.ledgers for balance in ledger.balances)


def answer(
    company: Company,
    rates: Rates,
    policy: Policy,
    first: date,
    only: frozenset[str] = frozenset(GRAINS),
) -> Answers:
    """Everything the oracle says of a company, for the periods from day `first` on."""
    found = Answers(ledgers(company, rates, policy))
    for ledger in found.ledgers:
        found.items |= dict(_items(ledger))
        for at, movement in events(ledger):
            key = (ledger.customer, at, movement.type)
            found.changes[key] = (movement.amount, movement.starting, movement.ending)
        if ledger.balances:
            last = ledger.balances[-1]
            found.customers[ledger.customer,] = (
                ledger.first_paid(), last.mrr > 0, last.status == "paused", last.mrr
            )  # fmt: skip
    for grain in only:
        for start, end in periods(grain, first, policy.day_of(policy.as_of)):
            _period(found, policy, grain, (start, end))
    return found


def _period(found: Answers, policy: Policy, grain: str, period: tuple[date, date]) -> None:
    start, end = (policy.start_of(day) for day in period)
    nets = []
    for ledger in found.ledgers:
        nets.append(net(ledger, period, start, end))
        for movement in nets[-1].movements:
            key = (grain, period[0], ledger.customer, movement.type)
            found.movements[key] = (period[1], *astuple(movement)[1:])
    found.roll_forward[grain, period[0]] = roll_forward(nets)
    if grain in WINDOWS:
        found.retention[grain, period[0]] = retention(nets)


def _items(ledger: Ledger) -> Iterator[tuple[Key, Any]]:
    """Each item's intervals in which it stays the same, by customer, item and start."""
    running: dict[str, tuple[datetime, ItemMrr]] = {}
    for balance in ledger.balances:
        for item_id, (since, item) in list(running.items()):
            if balance.items.get(item_id) != item:
                yield (ledger.customer, item_id, since), _cells(item, balance.at)
                del running[item_id]
        for item_id, item in balance.items.items():
            running.setdefault(item_id, (balance.at, item))
    for item_id, (since, item) in running.items():
        yield (ledger.customer, item_id, since), _cells(item, None)


def _cells(item: ItemMrr, until: datetime | None) -> tuple[Any, ...]:
    values = list(astuple(item)[1:])
    values[5] = rounded(item.quantity)
    return (until, *values)
