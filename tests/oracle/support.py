"""Support: tickets opened, solved and waiting, and how long they took."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

from tests.oracle.amounts import SCALE, Digits, quotient, rounded
from tests.oracle.answers import Answers
from tests.oracle.calendar_periods import TRAILING, first_day
from tests.oracle.raw_rows import Row
from tests.oracle.standing import QUARTER_WINDOW, Parts, Standing
from tests.oracle.users import Users

SLIDING = (TRAILING, QUARTER_WINDOW)
OVER = frozenset({"solved", "closed"})
SATURDAY = 5
SEVERE = frozenset({"high", "urgent"})
# What is timed, and the column of the instant at which it ends.
TIMED = {"first_response": "first_responded_at", "resolution": "solved_at"}


@dataclass(frozen=True)
class Ticket:
    """A ticket as last known."""

    row: Row
    customer: str | None
    is_counted: bool
    as_of: datetime

    @property
    def opened(self) -> datetime:
        return self.row["created_at"]  # type: ignore[no-any-return]

    @property
    def is_open(self) -> bool:
        """True until it is solved; what is to be solved at the run's end or later still is."""
        solved = self.row["solved_at"]
        return self.row["status"] not in OVER or bool(solved and solved >= self.as_of)

    @property
    def is_severe(self) -> bool:
        return self.row["priority"] in SEVERE

    @property
    def is_reopened(self) -> bool:
        return bool(self.row["reopen_count"])

    def ended(self, what: str) -> datetime | None:
        """When it was first answered, or last solved; nothing of the latter while it is open."""
        if what == "resolution" and self.is_open:
            return None
        at = self.row[TIMED[what]]
        return at if at and at < self.as_of else None

    def seconds(self, what: str) -> int | None:
        """How long that took; nothing where it lies before the opening."""
        end = self.ended(what)
        if end is None or end < self.opened:
            return None
        return int((end - self.opened).total_seconds())


class Support:
    """The tickets of one company."""

    def __init__(self, standing: Standing, users: Users) -> None:
        self.standing = standing
        self.tickets: list[Ticket] = []
        rows = standing.known.last("support_tickets", "ticket_id", effective="updated_at")
        for row in rows:
            if row["created_at"] < standing.policy.as_of:
                customer, is_own = users.whose(row)
                self.tickets.append(Ticket(row, customer, not is_own, standing.policy.as_of))

    def within_hours(self, ticket: Ticket, what: str) -> int | None:
        """How long it took while support answers: on weekdays that are no holiday, at some hours."""
        policy, end = self.standing.policy, ticket.ended(what)
        hours, seconds = policy.support_business_hours, ticket.seconds(what)
        if hours is None or seconds is None or end is None:
            return seconds
        opens, closes = (_clock(text) for text in hours.split("-"))
        found, day = timedelta(), self.standing.day(ticket.opened)
        while day <= self.standing.day(end):
            if day.weekday() < SATURDAY and day not in policy.holidays:
                # Clocks change on Sundays: a weekday has 24 hours.
                midnight = policy.start_of(day)
                inside = min(end, midnight + closes) - max(ticket.opened, midnight + opens)
                found += max(inside, timedelta())
            day += timedelta(days=1)
        return int(found.total_seconds())

    def by_month(self) -> dict[tuple[str, date], int]:
        """Tickets that name each customer by month, whoever opened them: what shares costs."""
        found: Counter[tuple[str, date]] = Counter()
        for ticket in self.tickets:
            if customer := self.standing.who(ticket.row["customer_id"]):
                found[customer, first_day("month", self.standing.day(ticket.opened))] += 1
        return found

    def rows(self) -> dict[tuple[Any, ...], dict[str, Any]]:
        """Each ticket, whether it counts or not."""
        return {
            (self.standing.company.name, ticket.row["ticket_id"]): {
                "customer_id": ticket.customer, "priority": ticket.row["priority"] or "normal",
                "solved_at": ticket.ended("resolution"), "is_open": ticket.is_open,
                "opened_date": self.standing.day(ticket.opened),
                "is_severe": ticket.is_severe, "is_reopened": ticket.is_reopened,
                **{f"{what}_minutes": _minutes(ticket.seconds(what)) for what in TIMED},
                **{f"{what}_business_minutes": _minutes(self.within_hours(ticket, what)) for what in TIMED},
                "is_counted": ticket.is_counted,
            }
            for ticket in self.tickets
        }  # fmt: skip

    def parts(self) -> Parts:
        """Sums by period and segment; how long each took is counted by seconds."""
        found: Parts = {}
        standing = self.standing
        counted = [ticket for ticket in self.tickets if ticket.is_counted]
        for ticket in counted:
            cells = {"opened": 1, "severe_opened": int(ticket.is_severe)}
            days = [(standing.day(ticket.opened), cells)]
            for what in TIMED:
                end, seconds = ticket.ended(what), ticket.seconds(what)
                within = self.within_hours(ticket, what)
                if end is not None and end < standing.policy.as_of:
                    cells = {what: 1, f"{what}_reopened": int(ticket.is_reopened)}
                    if seconds is not None:
                        cells |= {
                            f"{what}_timed": 1,
                            f"{what}_seconds": seconds,
                            f"{what}_business_seconds": within or 0,
                            f"{what} {within}": 1,
                        }
                    days.append((standing.day(end), cells))
            standing.spread(found, ((day, ticket.customer, own) for day, own in days), SLIDING)
        for grain, periods in standing.calendar.periods.items():
            for period in periods if grain not in SLIDING else ():
                end = min(standing.policy.start_of(period[2]), standing.policy.as_of)
                for ticket in counted:
                    solved = ticket.ended("resolution")
                    if ticket.opened < end and (ticket.is_open or (solved and solved >= end)):
                        standing.add(found, period, ticket.customer, {"backlog": 1})
        return found


def paying(said: Answers) -> Parts:
    """Customers who pay at the end of each period, by segment, as the roll-forward has them."""
    name = "ending_customers_count"
    found: Parts = {
        (*key, "all", "all"): Counter({name: own[name]})
        for key, own in said.sums.items()
        if own[name]
    }
    return found | {key: Counter({name: own[name]}) for key, own in said.parts.items() if own[name]}


def _clock(text: str) -> timedelta:
    hours, minutes = text.split(":")
    return timedelta(hours=int(hours), minutes=int(minutes))


def _minutes(seconds: int | None) -> Digits | None:
    return None if seconds is None else rounded(Fraction(seconds, 60))


def _hours(seconds: Fraction | int | None) -> Digits | None:
    return None if seconds is None else rounded(Fraction(seconds) / 3600)


def total_row(sums: Mapping[str, int]) -> dict[str, Any]:
    """Tickets of a period and segment, and how long they took."""
    opened, solved, customers = sums["opened"], sums["resolution"], sums["ending_customers_count"]
    found: dict[str, Any] = {
        "opened_count": opened, "severe_opened_count": sums["severe_opened"],
        "responded_count": sums["first_response"], "solved_count": solved,
        "reopened_solved_count": sums["resolution_reopened"], "backlog_count": sums["backlog"],
        "timed_response_count": sums["first_response_timed"],
        "timed_resolution_count": sums["resolution_timed"], "paying_customers_count": customers,
        "severe_rate": quotient(sums["severe_opened"], opened),
        "reopen_rate": quotient(sums["resolution_reopened"], solved),
        "tickets_per_customer_ratio": quotient(opened, customers),
        "paid_seats_count": sums.get("seats"),
        "tickets_per_seat_ratio": quotient(opened * SCALE, sums["seats"]),
    }  # fmt: skip
    for what in TIMED:
        number, seconds = sums[f"{what}_timed"], sums[f"{what}_seconds"]
        within = sums[f"{what}_business_seconds"]
        taken = sorted(
            int(name.split(" ")[1])
            for name, times in sums.items()
            if name.startswith(f"{what} ")
            for _ in range(times)
        )
        found |= {
            f"{what}_hours_sum": _hours(seconds), f"{what}_business_hours_sum": _hours(within),
            f"mean_{what}_hours": quotient(_hours(seconds) or 0, SCALE * number),
            f"mean_{what}_business_hours": quotient(_hours(within) or 0, SCALE * number),
            f"median_{what}_business_hours": _hours(_median(taken)),
            f"p90_{what}_business_hours": _hours(taken[-(-9 * number // 10) - 1] if taken else None),
        }  # fmt: skip
    return found


def _median(ordered: Sequence[int]) -> Fraction | None:
    """The middle one, or the mean of the middle two."""
    if not ordered:
        return None
    half = len(ordered) // 2
    return Fraction(ordered[half] + ordered[-half - 1], 2)
