"""Who was active on which day (section 7): users of a customer, by the events that qualify."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from tests.oracle.calendar_periods import first_day
from tests.oracle.policy import seed
from tests.oracle.raw_rows import Row
from tests.oracle.standing import Standing
from tests.oracle.users import Users

RULES = seed("qualifying_events")
NOTIONS = tuple(dict.fromkeys(row["activity_notion"] for row in RULES))
ACTIVE = "active"
# A user of a customer; of two customers it is a user of each.
Pair = tuple[str | None, str]


@dataclass(frozen=True)
class Use:
    """An event of a person."""

    name: str
    row: Row
    day: date
    customer: str | None
    # Empty for what the system or a device did that nobody knows.
    user: str
    feature: str | None
    count: int
    notions: frozenset[str]

    @property
    def pair(self) -> Pair:
        return self.customer, self.user


def _qualifies(row: Row, notion: str) -> bool:
    """Whether an event makes its user active."""
    is_in = False
    for rule in RULES:
        if rule["activity_notion"] != notion:
            continue
        names_it = rule["event_name"] in {"*", row["event_name"]}
        feature = rule["feature_name"]
        has_it = not feature or feature == row["feature_name"]
        has_it = has_it or (feature == "*" and row["feature_name"] is not None)
        if names_it and has_it and rule["is_excluded"] == "true":
            return False
        is_in = is_in or (names_it and has_it)
    return is_in


class Usage:
    """What the users of one company did."""

    def __init__(self, standing: Standing, users: Users) -> None:
        self.standing = standing
        self.users = users
        self._first: set[date] = set()
        # What anybody did, and what is told of a customer by whomever.
        self.told = list(self._told())
        self.uses = [use for use in self.told if use.user]
        # The days on which each user of a customer was active, by notion.
        self.days: dict[str, dict[Pair, set[date]]] = {
            notion: defaultdict(set) for notion in NOTIONS
        }
        for use in self.uses:
            for notion in use.notions:
                self.days[notion][use.pair].add(use.day)

    @property
    def began(self) -> date | None:
        """The first day on which anybody, our own staff included, did what any notion knows."""
        return min(self._first, default=None)

    def active(self, start: date, end: date, notion: str = ACTIVE) -> set[Pair]:
        """Users of customers who were active on a day of an interval."""
        return {
            pair
            for pair, days in self.days[notion].items()
            if any(start <= day < end for day in days)
        }

    def by_month(self) -> dict[tuple[str, date], int]:
        """Events of each customer's users by month."""
        found: Counter[tuple[str, date]] = Counter()
        for use in self.uses:
            if use.customer and ACTIVE in use.notions:
                found[use.customer, first_day("month", use.day)] += use.count
        return found

    def _told(self) -> Iterator[Use]:
        standing = self.standing
        last = {
            (row["event_id"], standing.day(row["occurred_at"])): row
            for row in standing.known.rows("usage_events")
            if row["occurred_at"] < standing.policy.as_of
        }
        for row in last.values():
            actor = row["user_id"] or row["anonymous_id"]
            if actor and any(_qualifies(row, notion) for notion in NOTIONS):
                self._first.add(standing.day(row["occurred_at"]))
            if actor and self.users.is_internal(actor):
                continue
            named = row["customer_id"] or (self.users.customer(actor) if actor else None)
            if not standing.counts(named):
                continue
            # A device is somebody once a merge says whose it is.
            is_known = row["user_id"] or actor in self.users.survivor
            count = 1 if row["event_count"] is None else row["event_count"]
            yield Use(
                row["event_name"], row, standing.day(row["occurred_at"]), standing.who(named),
                self.users.final(actor) if actor and is_known else "", row["feature_name"], count,
                frozenset(notion for notion in NOTIONS if _qualifies(row, notion)),
            )  # fmt: skip
