"""Section 11: the time for which a customer pays without leaving, and whether it adopts and grows in it."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from fractions import Fraction

from tests.oracle.amounts import Digits
from tests.oracle.ledger import Balance, Ledger
from tests.oracle.policy import seed
from tests.oracle.usage import ACTIVE, Usage

THRESHOLDS = {row["threshold_name"]: row for row in seed("lifecycle_thresholds")}
DAY = timedelta(days=1)
WEEK = timedelta(days=7)


def threshold(name: str) -> Fraction:
    """A threshold of the project's list."""
    return Fraction(THRESHOLDS[name]["threshold_value"])


HOLD = timedelta(days=int(threshold("adoption_hold")))
LOOK_BACK = timedelta(days=int(threshold("expansion_look_back")))
WEEKS_BACK = WEEK * -(-LOOK_BACK // WEEK)


class WeeklyUse:
    """How many users were active in the days up to the end of each week that is over."""

    def __init__(self, usage: Usage) -> None:
        standing = usage.standing
        policy = standing.policy
        self.usage = usage
        self.days = policy.trailing_active_days * DAY
        self.weeks = [
            end - DAY
            for _, _, end in standing.calendar.periods["week"]
            if policy.start_of(end) <= policy.as_of
        ]
        self.began = self._began()

    def _began(self) -> date | None:
        """The first day of the first such week in which a user of any customer was active."""
        days = [own for (customer, _), own in self.usage.days[ACTIVE].items() if customer]
        first = min((min(own) for own in days), default=None)
        ends = [end for end in self.weeks if first is not None and first <= end]
        return ends[0] - WEEK + DAY if ends else None

    def of(self, customer: str) -> dict[date, int]:
        """A customer's users, by the last day of the week."""
        own = [days for (whose, _), days in self.usage.days[ACTIVE].items() if whose == customer]
        return {
            week: sum(any(week - self.days < day <= week for day in days) for days in own)
            for week in self.weeks
        }

    def last(self, day: date) -> date | None:
        """The last end of a week up to a day."""
        place = bisect_right(self.weeks, day)
        return self.weeks[place - 1] if place else None


@dataclass
class Spell:
    """Days at whose end a customer pays or is paused, one after another."""

    ledger: Ledger
    use: WeeklyUse
    users: dict[date, int]
    first: date
    # Domains that it is judged by.
    told: frozenset[str]
    is_return: bool
    # What is paid at each day's end, apart from exchange rates; during a pause what was paid before.
    paid: dict[date, Digits | None] = field(default_factory=dict)
    # Since when use has held the threshold without a break.
    holds_since: date | None = None
    has_adopted: bool = False

    def note(self, day: date, end: datetime) -> None:
        """Take down a day that ends at an instant; days come one after another."""
        balance = self.ledger.before(end)
        self.paid[day] = self.paid.get(day - DAY)
        if balance.mrr:
            moved = sum(own.fx for own in self.ledger.balances if own.at < end)
            self.paid[day] = balance.mrr - moved
        week = self.use.last(day)
        level = threshold("adoption_level")
        if THRESHOLDS["adoption_level"]["measure_name"] == "active_seat_rate":
            level *= _seats(balance)
        if week is None or self.users[week] < max(level, 1):
            self.holds_since = None
            return
        self.holds_since = self.holds_since or day
        self.has_adopted = self.has_adopted or day - self.holds_since >= HOLD

    def has_more_mrr(self, day: date) -> bool:
        """Whether more is paid than when the look-back began, or first."""
        first = next((paid for paid in self.paid.values() if paid is not None), 0)
        then, now = self.paid.get(day - LOOK_BACK), self.paid[day]
        return now is not None and _is_more(now, first if then is None else then, "mrr_expansion")

    def has_more_users(self, day: date) -> bool:
        """Whether more are active, as far as anybody can say how many there were then."""
        week, began = self.use.last(day), self.use.began
        if week is None or began is None:
            return False
        first = week - WEEKS_BACK - self.use.days + DAY
        if first < max(self.first, began):
            return False
        return _is_more(
            self.users[week], self.users.get(week - WEEKS_BACK, 0), "active_user_expansion"
        )


def _seats(balance: Balance) -> Fraction:
    """The highest quantity of each subscription that is paid for, added up."""
    highest: dict[str, Fraction] = {}
    for item in balance.items.values():
        if item.state == "paying" and item.mrr:
            own = highest.get(item.subscription_id, Fraction(0))
            highest[item.subscription_id] = max(own, item.quantity)
    return sum(highest.values(), Fraction(0))


def _is_more(now: int, then: int, name: str) -> bool:
    return now > then and now - then >= threshold(name) * then
