"""Periods of every grain, and months added to an anchor.

A period is its first day and the first day after it. The trailing twelve months end where a month
ends and begin no earlier than the first month.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import TypeVar

MONTHS = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}
TRAILING = "trailing_12_months"
GRAINS = ("day", "week", *MONTHS, TRAILING)
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

Day = TypeVar("Day", date, datetime)


def months_later(anchor: Day, months: int) -> Day:
    """The same day `months` later, or the last day of that month where it has no such day."""
    count = anchor.year * 12 + anchor.month - 1 + months
    year, month = count // 12, count % 12 + 1
    return anchor.replace(year=year, month=month, day=min(anchor.day, monthrange(year, month)[1]))


def first_day(grain: str, day: date, week_starts_on: str = "monday") -> date:
    """The first day of the period that a day is in."""
    if grain == "day":
        return day
    if grain == "week":
        return day - timedelta(days=(day.weekday() - WEEKDAYS.index(week_starts_on)) % 7)
    months = MONTHS[grain]
    return day.replace(month=(day.month - 1) // months * months + 1, day=1)


def day_after(grain: str, start: date) -> date:
    """The first day after the period that starts on a day."""
    if grain in {"day", "week"}:
        return start + timedelta(days=1 if grain == "day" else 7)
    return months_later(start, MONTHS[grain])


def periods(
    grain: str, first: date, last: date, week_starts_on: str = "monday"
) -> Iterator[tuple[date, date]]:
    """Every period of a grain from the one of day `first` to the one of day `last`."""
    if grain == TRAILING:
        for _, end in periods("month", first, last):
            if months_later(end, -12) >= first_day("month", first):
                yield months_later(end, -12), end
        return
    start = first_day(grain, first, week_starts_on)
    while start <= last:
        end = day_after(grain, start)
        yield start, end
        start = end
