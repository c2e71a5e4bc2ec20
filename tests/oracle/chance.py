"""Chances of a company's own: what customers do, beside what billing and the CRM say of them.

They are drawn after all else is made, so that they never disturb how the rest of a company is drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any, TypeVar

from data_quality.contracts import load_contract
from tests.oracle.policy import Policy
from tests.oracle.raw_rows import Row

Thing = TypeVar("Thing")
# Days on which clocks change somewhere, months end or a leap day comes.
ODD_DAYS = (
    date(2024, 2, 29), date(2024, 3, 10), date(2024, 3, 31), date(2024, 10, 27), date(2024, 11, 3),
    date(2024, 12, 31), date(2025, 1, 1), date(2025, 3, 9), date(2025, 3, 30),
)  # fmt: skip
ODD_TIMES = (time(), time(0, 59, 59), time(1, 30), time(2, 30), time(5), time(18, 15), time(22, 59))
# From one thing to the next: the edges of the windows in which things are counted.
STEPS = tuple(
    timedelta(days=n) for n in (0, 0, 1, 1, 2, 6, 7, 8, 27, 28, 29, 30, 31, 89, 90, 91, 200)
)


class Chance:
    """Draws of one company."""

    def __init__(self, name: str, moments: Sequence[datetime], policy: Policy) -> None:
        self.random = Random(name)
        self.moments = moments
        self.policy = policy

    def of(self, things: Sequence[Thing]) -> Thing:
        """One of several."""
        return things[self.random.randrange(len(things))]

    def some(self, *counts: int) -> range:
        """As many turns as one of several counts."""
        return range(self.of(counts))

    def once_in(self, times: int) -> bool:
        """True once in so many times."""
        return not self.random.randrange(times)

    def maybe(self, thing: Thing, times: int = 2) -> Thing | None:
        """A thing, or once in so many times nothing."""
        return None if self.once_in(times) else thing

    def instant(self) -> datetime:
        """An instant of the company's, something near it, or one at which clocks are odd."""
        kind = self.random.randrange(10)
        if kind < 3:
            return self.of(self.moments)
        if kind < 4:
            return datetime.combine(self.of(ODD_DAYS), self.of(ODD_TIMES))
        return self.after(self.of(self.moments))

    def after(self, at: datetime) -> datetime:
        """An instant some days later, sometimes at another hour."""
        hours = self.of((0, 0, 0, 1, 5, 9, 23))
        return at + self.of(STEPS) + timedelta(hours=hours, seconds=self.of((0, 0, 0, 1)))

    def delivered(self, name: str, rows: Sequence[Row], mistake: Row, step: Row) -> list[Row]:
        """Rows of an object as they landed: mostly once, else twice, late, too late or wrong first.

        Args:
            name: Raw object.
            rows: What is right.
            mistake: Columns that a wrong first delivery gets wrong.
            step: Columns that a later version changes, with what they are then.
        """
        contract = load_contract(name)
        columns = dict.fromkeys(contract.column_names)
        usual = self.policy.as_of - timedelta(hours=6)
        too_late = self.policy.known_at + timedelta(seconds=1)
        found: list[Row] = []
        for told in rows:
            row = {**columns, **told}
            how = self.random.randrange(24)
            at = usual if how != 1 else self.policy.known_at
            if how == 2:
                at = too_late
            if how == 3:
                found.append(_landed(row | mistake, usual - timedelta(days=self.of((1, 40)))))
            if how == 4:
                found.append(_landed(row | mistake, too_late))
            found.append(_landed(row, at))
            if how in {5, 6}:
                found.append(_landed(row, usual + timedelta(hours=how - 5)))
            if contract.effective_at and step and not how % 4:
                since = self.after(row[contract.effective_at] or self.of(self.moments))
                if since != row[contract.effective_at]:
                    found.append(_landed({**row, **step, contract.effective_at: since}, at))
            if how == 7 and contract.load_mode != "append":
                found.append(_landed(row, usual + timedelta(hours=2)) | {"_operation": "delete"})
        self.random.shuffle(found)
        return found


def _landed(row: Row, at: datetime) -> Row:
    return {**row, "_loaded_at": at, "_operation": "upsert"}


def columns_of(rows: Sequence[Row], name: str) -> list[Any]:
    """The values of one column."""
    return [row[name] for row in rows]
