"""Where things that customers do are counted: the customer after merges, the periods, the segments.

What a customer does is counted in every period that holds its day, for everybody and for each segment.
Whom billing does not know is nobody: counted in the total and in no segment's known value. Test
customers are left out.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import cache

import yaml

from orchestration.settings import DBT_PROJECT_DIR
from tests.oracle.calendar_periods import GRAINS, TRAILING, periods
from tests.oracle.ledger import Ledger
from tests.oracle.merges import tests_of
from tests.oracle.policy import Policy
from tests.oracle.raw_rows import Company, Known, Row
from tests.oracle.segments import NAMES, NOTHING, Segments

QUARTER_WINDOW = "trailing_90_days"
WITH_SEGMENTS = frozenset(
    yaml.safe_load((DBT_PROJECT_DIR / "dbt_project.yml").read_text())["vars"]["segment_grains"]
)

# A grain and the first day of the period, and the first day after it.
Period = tuple[str, date, date]
Key = tuple[str, date, str, str]
Parts = dict[Key, Counter[str]]


class Calendar:
    """The periods that all companies of a build share."""

    def __init__(self, first: date, policy: Policy) -> None:
        self.policy = policy
        self.first = first
        self.periods: dict[str, list[Period]] = {
            grain: [
                (grain, *told) for told in periods(grain, first, policy.last_day, policy.week_starts_on)
            ]
            for grain in GRAINS
        }  # fmt: skip
        self.periods[QUARTER_WINDOW] = [
            (QUARTER_WINDOW, end - timedelta(days=90), end) for _, _, end in self.periods["month"]
        ]
        self._ending: dict[date, list[Period]] = defaultdict(list)
        self._within: dict[tuple[date, int], list[Period]] = {}
        self._holding: dict[date, list[Period]] = defaultdict(list)
        for own in self.periods.values():
            for period in own:
                for n in range((period[2] - period[1]).days):
                    self._holding[period[1] + timedelta(days=n)].append(period)

    def ending_within(self, day: date, days: int) -> Sequence[Period]:
        """Every period whose last measured day is less than so many days after a day, or that day."""
        if not self._ending:
            last_day = self.policy.last_day
            for grain in GRAINS:
                for period in self.periods[grain] if grain != TRAILING else ():
                    self._ending[min(period[2] - timedelta(days=1), last_day)].append(period)
        key = (day, days)
        if key not in self._within:
            ends = (day + timedelta(days=n) for n in range(days))
            self._within[key] = [period for end in ends for period in self._ending.get(end, ())]
        return self._within[key]

    def holding(self, day: date) -> Sequence[Period]:
        """Every period that holds a day."""
        return self._holding.get(day, ())


class Standing:
    """A company's customers as other domains meet them."""

    def __init__(
        self, company: Company, policy: Policy, ledgers: Sequence[Ledger], calendar: Calendar
    ) -> None:
        self.company = company
        self.policy = policy
        self.calendar = calendar
        self.known = Known(company, policy.as_of, policy.known_at)
        self.ledgers = {ledger.customer: ledger for ledger in ledgers}
        self.tests = tests_of(self.known)
        self._final = {member: own.customer for own in ledgers for member in own.members}
        self.segments = Segments(company, policy)
        self._values = {own.customer: self.segments.of(own) for own in ledgers}

    def counts(self, customer: str | None) -> bool:
        """False for what test customers do."""
        return customer not in self.tests

    def who(self, customer: str | None) -> str | None:
        """The customer after merges; nobody where billing does not know it."""
        return self._final.get(customer) if customer else None

    def csm(self, customer: str, at: datetime | None) -> str:
        """Who looks after a customer after merges."""
        return self.segments.csm(self.ledgers[customer], at)

    def day(self, instant: datetime) -> date:
        return self.policy.day_of(instant)

    def once(self, name: str, *key: str, at: str) -> list[Row]:
        """Rows of an object that only grows: of each thing the last landed, if it was before `as_of`."""
        rows = [row for row in self.known.rows(name) if row[at] < self.policy.as_of]
        last = {tuple(row[column] for column in key): row for row in rows}
        return [row for row in last.values() if row["_operation"] != "delete"]

    def created(self) -> dict[str, datetime]:
        """When billing created each customer, or the first of those merged into one."""
        found: dict[str, datetime] = {}
        rows = self.known.last("billing_customers", "customer_id", effective="updated_at")
        for row in rows:
            customer = self.who(row["customer_id"])
            if customer and row["created_at"] < self.policy.as_of:
                found[customer] = min(row["created_at"], found.get(customer, row["created_at"]))
        return found

    @cache  # noqa: B019  (lives as long as its company is compared)
    def first_paid(self, customer: str) -> date | None:
        paid = self.ledgers[customer].first_paid()
        return self.day(paid) if paid else None

    def opening(self, customer: str, period: Period) -> date:
        """The day at whose start segments are taken: the period's first, or after the first payment in it."""
        paid = self.first_paid(customer)
        _, start, end = period
        return paid + timedelta(days=1) if paid and start <= paid < end else start

    def values(self, customer: str | None, period: Period) -> Iterator[tuple[str, str]]:
        """The segments that a customer is in, in a period."""
        yield "all", "all"
        for name in NAMES if period[0] in WITH_SEGMENTS else ():
            if customer is None:
                yield name, NOTHING
            else:
                yield name, self._values[customer](name, self.opening(customer, period))

    def add(
        self, parts: Parts, period: Period, customer: str | None, cells: Mapping[str, int]
    ) -> None:
        """Count something of a customer in one period."""
        for segment in self.values(customer, period):
            parts.setdefault((*period[:2], *segment), Counter()).update(cells)

    def spread(
        self, parts: Parts, entries: Iterable[tuple[date, str | None, Mapping[str, int]]],
        without: Sequence[str] = (QUARTER_WINDOW,),
    ) -> None:  # fmt: skip
        """Count each entry in every period that holds its day."""
        for day, customer, cells in entries:
            for period in self.calendar.holding(day):
                if period[0] not in without:
                    self.add(parts, period, customer, cells)


def gridded(parts: Parts, calendar: Calendar) -> dict[Key, Counter[str]]:
    """Sums with a 0 for every period since the first one, of each segment value that has any."""
    grains = {key[0] for key in parts}
    firsts = {grain: min(key[1] for key in parts if key[0] == grain) for grain in grains}
    segments = {key[2:] for key in parts}
    return {
        (grain, start, *segment): parts.get((grain, start, *segment), Counter())
        for grain in grains
        for _, start, _ in calendar.periods[grain]
        if start >= firsts[grain]
        for segment in segments
        if segment[0] == "all" or grain in WITH_SEGMENTS
    }


def together(found: Iterable[Parts]) -> Parts:
    """The sums of several companies."""
    whole: Parts = {}
    for parts in found:
        for key, cells in parts.items():
            whole.setdefault(key, Counter()).update(cells)
    return whole
