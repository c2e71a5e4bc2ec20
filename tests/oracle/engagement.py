"""Section 7: active users and customers of every period, trailing windows, and where users are in their life."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from tests.oracle.amounts import SCALE, quotient
from tests.oracle.calendar_periods import TRAILING, first_day, months_later
from tests.oracle.standing import QUARTER_WINDOW, Calendar, Key, Parts, Period, Standing
from tests.oracle.usage import Pair, Usage

SLIDING = frozenset({TRAILING, QUARTER_WINDOW})
WEEK_DAYS = 7
# Lengths of a period, as the period before it is as long.
MONTHS_OF = {"month": 1, "quarter": 3, "half_year": 6, "year": 12, TRAILING: 12}


class Engagement:
    """What the activity of one company's users comes to, under one notion of being active."""

    def __init__(self, usage: Usage, notion: str, calendar: Calendar) -> None:
        self.standing: Standing = usage.standing
        self.calendar = calendar
        self.days: dict[Pair, set[date]] = dict(usage.days[notion])
        self.by_customer: dict[str | None, set[date]] = defaultdict(set)
        for (customer, _), days in self.days.items():
            self.by_customer[customer] |= days

    def active(self) -> Parts:
        """Sums by period and segment, of the period's days and of those that trail behind its last one."""
        found: Parts = {}
        for (customer, _), days in self.days.items():
            self._count(found, "users", customer, days)
        for customer, days in self.by_customer.items():
            if customer:
                self._count(found, "customers", customer, days)
        return found

    def _count(self, parts: Parts, what: str, customer: str | None, days: Iterable[date]) -> None:
        month = self.standing.policy.trailing_active_days
        cells: dict[Period, Counter[str]] = defaultdict(Counter)
        for day in days:
            for period in self.calendar.holding(day):
                if period[0] not in SLIDING:
                    cells[period][f"{what}_days"] += 1
                    cells[period][what] = 1
            for period in self.calendar.ending_within(day, month):
                cells[period][f"{what}_trailing_days"] += 1
                cells[period][f"{what}_trailing"] = 1
            for period in self.calendar.ending_within(day, WEEK_DAYS):
                cells[period][f"{what}_week"] = 1
        for period, own in cells.items():
            self.standing.add(parts, period, customer, own)

    def life(self) -> Parts:
        """Users by where they are in their life, by period and segment."""
        found: Parts = {}
        for (customer, _), days in self.days.items():
            first = min(days)
            for grain, periods in self.calendar.periods.items():
                if grain == "day" or grain in SLIDING:
                    continue
                for period, before in zip(periods, [None, *periods], strict=False):
                    _, start, end = period
                    if first >= end:
                        continue
                    is_active = any(start <= day < end for day in days)
                    was_active = before is not None and any(
                        before[1] <= day < start for day in days
                    )
                    kind = "dormant"
                    if is_active:
                        kind = (
                            "new"
                            if first >= start
                            else "returning"
                            if was_active
                            else "resurrecting"
                        )
                    cells = {f"{kind}_users_count": 1, "active_users_count": int(is_active)}
                    self.standing.add(found, period, customer, cells)
        return found


def life_row(sums: Mapping[str, int]) -> dict[str, Any]:
    """New, returning and resurrecting users make the active ones; the dormant are beside them."""
    kinds = ("active", "new", "returning", "resurrecting", "dormant")
    return {f"{kind}_users_count": sums[f"{kind}_users_count"] for kind in kinds}


def active_rows(
    sums: Mapping[Key, Mapping[str, int]], calendar: Calendar, began: date
) -> Iterator[tuple[Key, dict[str, Any]]]:
    """Each period with averages over the days on which usage was collected."""
    policy = calendar.policy
    ends = {period[:2]: period[2] for own in calendar.periods.values() for period in own}
    for key, cells in sums.items():
        grain, start, *segment = key
        last = min(ends[grain, start] - timedelta(days=1), policy.last_day)
        observed = (last - max(start, began)).days + 1
        trailing = policy.trailing_active_days
        trailing_days = min((last - began).days + 1, trailing)
        month = ("month", first_day("month", start), *segment)
        in_month = sums[month]["users"] if grain in {"day", "month"} else None
        row: dict[str, Any] = {
            "observed_days_count": observed, "trailing_days_count": trailing_days,
            "active_user_days_count": cells["users_days"],
            "trailing_month_user_days_count": cells["users_trailing_days"],
            "active_customer_days_count": cells["customers_days"],
            "calendar_month_users_count": in_month,
        }  # fmt: skip
        for what, rate in (("users", "stickiness_rate"), ("customers", "customer_stickiness_rate")):
            average = quotient(cells[f"{what}_trailing_days"], trailing_days)
            row |= {
                f"active_{what}_count": cells[what],
                f"average_daily_{what}_count": quotient(cells[f"{what}_days"], observed),
                f"trailing_week_{what}_count": cells[f"{what}_week"],
                f"trailing_month_{what}_count": cells[f"{what}_trailing"],
                f"trailing_average_daily_{what}_count": average,
                rate: quotient(average or 0, cells[f"{what}_trailing"] * SCALE),
            }  # fmt: skip
        average = row["average_daily_users_count"]
        row["calendar_stickiness_rate"] = (
            None if in_month is None else quotient(average or 0, in_month * SCALE)
        )
        yield key, row


class Churn:
    """Who fell silent, and how many users of paying customers stayed active."""

    def __init__(self, usage: Usage) -> None:
        self.usage = usage
        self.standing = usage.standing
        # Persons by customer, with the days of sign-up and of the end of access.
        self.people = usage.users.people()

    def parts(self) -> Parts:
        """Sums by period and segment."""
        found: Parts = {}
        standing, policy = self.standing, self.standing.policy
        # Of whom nobody told what users do, nobody can say who stayed.
        began = self.usage.began
        for grain, months in MONTHS_OF.items():
            for period in standing.calendar.periods[grain]:
                _, start, end = period
                now = self.usage.active(start, end)
                before = self.usage.active(months_later(start, -months), start)
                for customer, user in before:
                    gone = int((customer, user) not in now)
                    standing.add(found, period, customer, {"users_before": 1, "users_silent": gone})
                customers = {customer for customer, _ in now}
                for customer in {customer for customer, _ in before} - {None}:
                    gone = int(customer not in customers)
                    cells = {"customers_before": 1, "customers_silent": gone}
                    standing.add(found, period, customer, cells)
                for customer in {customer for customer, _ in now}:
                    # Who is active for the first time has left nothing, and has a row all the same.
                    standing.add(found, period, customer, {"seen": 1})
                opening = policy.start_of(start)
                if began is None or began >= end:
                    continue
                for user, person in self.people.items():
                    customer = person.customer
                    if customer is None or not standing.ledgers[customer].before(opening).mrr:
                        continue
                    if person.created < start and (person.left is None or person.left >= start):
                        is_active = int((customer, user) in now)
                        cells = {"users_starting": 1, "users_retained": is_active}
                        standing.add(found, period, customer, cells)
        return found


def churn_row(sums: Mapping[str, int]) -> dict[str, Any]:
    """Activity churn of customers and users, and user retention."""
    customers, users, starting = (
        sums[name] for name in ("customers_before", "users_before", "users_starting")
    )
    return {
        "active_customers_before_count": customers, "silent_customers_count": sums["customers_silent"],
        "active_users_before_count": users, "silent_users_count": sums["users_silent"],
        "starting_users_count": starting, "retained_users_count": sums["users_retained"],
        "customer_activity_churn_rate": quotient(sums["customers_silent"], customers),
        "user_activity_churn_rate": quotient(sums["users_silent"], users),
        "user_retention_rate": quotient(sums["users_retained"], starting),
    }  # fmt: skip
