"""What the oracle says of one company, as rows keyed like the marts' grain."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass, field, replace
from datetime import date, datetime
from typing import Any

from tests.oracle.amounts import rounded
from tests.oracle.billing import Billing, ItemMrr
from tests.oracle.calendar_periods import GRAINS, MONTHS, TRAILING, periods
from tests.oracle.exchange import Rates
from tests.oracle.ledger import Ledger, ledgers
from tests.oracle.movements import events, net
from tests.oracle.policy import Policy
from tests.oracle.raw_rows import Company
from tests.oracle.revenue import Entry, entries, sums
from tests.oracle.segments import NAMES, Segments
from tests.oracle.totals import Cells, Sums, contributions

Key = tuple[Any, ...]
Table = dict[Key, Any]
# Windows of section 4.
WINDOWS = {*MONTHS, TRAILING}


@dataclass
class Answers:
    """The tables of one company, by mart."""

    ledgers: list[Ledger]
    first_day: date | None = None
    items: Table = field(default_factory=dict)
    changes: Table = field(default_factory=dict)
    movements: Table = field(default_factory=dict)
    customers: Table = field(default_factory=dict)
    clicks: Table = field(default_factory=dict)
    # The company's industry by grain and first day of the period: what was published, ...
    roll_forward: dict[Key, Cells] = field(default_factory=dict)
    retention: dict[Key, Cells] = field(default_factory=dict)
    revenue: dict[Key, Cells] = field(default_factory=dict)
    # ... or the sums of which it follows, and the same by segment.
    sums: dict[Key, Sums] = field(default_factory=dict)
    parts: dict[Key, Sums] = field(default_factory=lambda: defaultdict(Counter))


def answer(
    company: Company,
    rates: Rates,
    policy: Policy,
    first: date,
    by_day: frozenset[str] = frozenset(),
    billed: date | None = None,
) -> Answers:
    """Everything the oracle says of a company, for the periods from day `first` on.

    Those that end before anybody was `billed` are left out, where another domain begins earlier.
    By segment it speaks of months and longer, and of days and weeks of the segments `by_day`.
    """
    found = Answers(ledgers(company, rates, policy))
    segments = Segments(company, policy)
    money = entries(company, rates, policy)
    billing = Billing(company, policy)
    known = [(ledger, segments.of(ledger), _own(money, ledger)) for ledger in found.ledgers]
    found.first_day = min(
        [entry.day for _, _, own in known for entry in own]
        + [policy.day_of(at) for at in _changes(found.ledgers)],
        default=None,
    )
    for ledger, value, _ in known:
        found.items |= dict(_items(ledger))
        for at, movement in events(ledger):
            key = (ledger.customer, at, movement.type)
            found.changes[key] = (movement.amount, movement.starting, movement.ending)
        if ledger.balances:
            last = ledger.balances[-1]
            found.customers[ledger.customer,] = (
                ledger.first_paid(), last.mrr > 0, last.status == "paused", last.mrr,
                *(value(name, None) for name in NAMES),
            )  # fmt: skip
        for click in (click for member in ledger.members for click in billing.clicks(member)):
            key = (ledger.customer, click.subscription_id, click.at)
            found.clicks[key] = (click.day, click.end, click.reason)
    for grain in GRAINS:
        names = NAMES if grain in WINDOWS else by_day
        for period in periods(grain, first, policy.last_day, policy.week_starts_on):
            if billed and _is_before(grain, period, billed):
                continue
            total = found.sums[grain, period[0]] = Counter()
            for ledger, value, own in known:
                ended = net(ledger, period, policy)
                for movement in ended.movements:
                    key = (grain, period[0], ledger.customer, movement.type)
                    found.movements[key] = (period[1], *astuple(movement)[1:])
                paid = ledger.first_paid()
                first_paid = policy.day_of(paid) if paid else None
                for opening, cells in contributions(ended, sums(own, *period), first_paid):
                    total.update(cells)
                    for name in names if cells else ():
                        found.parts[grain, period[0], name, value(name, opening)].update(cells)
    return found


def _is_before(grain: str, period: tuple[date, date], billed: date) -> bool:
    """Whether a period ends before anybody is billed; a sliding one, whether it begins before that month."""
    return period[0] < billed.replace(day=1) if grain == TRAILING else period[1] <= billed


def _own(money: Sequence[Entry], ledger: Ledger) -> list[Entry]:
    return [entry for entry in money if entry.customer in ledger.members]


def _changes(found: Sequence[Ledger]) -> Iterator[datetime]:
    """The first instant at which each customer was anything."""
    for ledger in found:
        yield from [balance.at for balance in ledger.balances if not balance.is_empty][:1]


def _items(ledger: Ledger) -> Iterator[tuple[Key, Any]]:
    """Each item's intervals in which it stays the same, by customer, item and start."""
    running: dict[str, tuple[datetime, ItemMrr]] = {}
    for balance in ledger.balances:
        items = {name: replace(item, committed=0) for name, item in balance.items.items()}
        for item_id, (since, item) in list(running.items()):
            if items.get(item_id) != item:
                yield (ledger.customer, item_id, since), _cells(item, balance.at)
                del running[item_id]
        for item_id, item in items.items():
            running.setdefault(item_id, (balance.at, item))
    for item_id, (since, item) in running.items():
        yield (ledger.customer, item_id, since), _cells(item, None)


def _cells(item: ItemMrr, until: datetime | None) -> tuple[Any, ...]:
    values = list(astuple(item)[1:-1])
    values[5] = rounded(item.quantity)
    return (until, *values)
