"""What a customer's users do at a snapshot: events and active users by week, core features."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from math import ceil, log
from typing import Any

from tests.oracle.health.knowledge import ALWAYS, Knowledge, follow
from tests.oracle.raw_rows import Row
from tests.oracle.usage import ACTIVE, _qualifies

# Weeks before a snapshot: the last four, and the thirteen before those.
RECENT, WINDOW = 4, 17
# Trends need so many weeks.
WEEKS_FOR_A_TREND = 8
# A feature is core that this share of those who use any has used.
CORE_REACH = Fraction(1, 5)


@dataclass(frozen=True)
class Event:
    """An event by its last content, and from which day of a snapshot on it is known."""

    row: Row
    day: date
    known_from: date


@dataclass(frozen=True)
class Done:
    """What a user of a customer did before a snapshot."""

    user: str
    weeks_ago: int
    feature: str | None
    count: int


class Use:
    """The usage of one company, snapshot by snapshot."""

    def __init__(self, knowledge: Knowledge) -> None:
        self.knowledge = knowledge
        self.policy = knowledge.policy
        self.events = list(self._events())

    def _events(self) -> list[Event]:
        """Of what was delivered again on the same day the last counts, since it was first known."""
        landed = self.knowledge.known.rows("usage_events")
        history = min((row["_loaded_at"] for row in landed), default=None)
        deliveries: dict[tuple[str, date], list[Row]] = defaultdict(list)
        for row in landed:
            if row["occurred_at"] < self.policy.as_of:
                deliveries[row["event_id"], self.policy.day_of(row["occurred_at"])].append(row)
        return [
            Event(
                rows[-1], day,
                ALWAYS if rows[0]["_loaded_at"] == history else self.policy.day_of(rows[0]["_loaded_at"]),
            )
            for (_, day), rows in deliveries.items()
        ]  # fmt: skip

    def seen(self, day: date) -> list[Event]:
        """The events before a snapshot that it knows, whoever they are of."""
        return [event for event in self.events if event.day < day and event.known_from <= day]

    def people(self, day: date) -> People:
        """Who is who at a snapshot."""
        return People(self.knowledge, day)

    def done(self, day: date) -> dict[str, list[Done]]:
        """What the users of each customer did in seventeen weeks: what qualifies, and is not our own."""
        people, customers = self.people(day), self.knowledge.customers(day)
        found: dict[str, list[Done]] = defaultdict(list)
        for event in self.seen(day):
            weeks_ago = ((day - event.day).days - 1) // 7
            row = event.row
            actor = row["user_id"] or row["anonymous_id"]
            if weeks_ago >= WINDOW or actor is None or not _qualifies(row, ACTIVE):
                continue
            if people.is_internal(actor) or not (row["user_id"] or people.is_known(actor)):
                continue
            customer = customers.get(row["customer_id"] or people.customer(actor))
            if customer:
                count = 1 if row["event_count"] is None else row["event_count"]
                found[customer].append(
                    Done(people.final(actor), weeks_ago, row["feature_name"], count)
                )
        return found

    def measures(
        self, day: date, paying: Mapping[str, Mapping[str, Any]]
    ) -> dict[str, dict[str, Any]]:
        """What is measured of each customer that pays; nothing while nothing has arrived."""
        seen = self.seen(day)
        if not seen:
            return {customer: {} for customer in paying}
        first = min(event.day for event in seen)
        done = self.done(day)
        rates = _core_rates({customer: done[customer] for customer in paying})
        return {
            customer: {
                **_measured(done[customer], told, ceil((day - first).days / 7)),
                "core_feature_rate": rates.get(customer),
            }
            for customer, told in paying.items()
        }

    def fresh_at(self, day: date) -> datetime | None:
        """The last event that a snapshot knows."""
        return max((event.row["occurred_at"] for event in self.seen(day)), default=None)


class People:
    """Users and devices as one snapshot knows them."""

    def __init__(self, knowledge: Knowledge, day: date) -> None:
        self.rows = {row["user_id"]: row for row in knowledge.held("usage_users", day)}
        self.survivor = knowledge.survivors("usage_identity_merges", "user_id", day)

    def final(self, user: str) -> str:
        """The user that survives all merges."""
        return follow(user, self.survivor)

    def is_known(self, user: str) -> bool:
        """Whether anything was told of it: that it is a user, or whose device it is."""
        return user in self.rows or user in self.survivor

    def is_internal(self, user: str) -> bool:
        """True for our own staff, whichever of the merged users says so."""
        names = {user, self.final(user)}
        return any(self.rows[name]["is_internal"] for name in names if name in self.rows)

    def customer(self, user: str | None) -> str | None:
        """The customer that a user belongs to: the survivor's, else its own."""
        for name in (self.final(user), user) if user else ():
            if name in self.rows and self.rows[name]["customer_id"]:
                return self.rows[name]["customer_id"]  # type: ignore[no-any-return]
        return None


def _measured(done: Sequence[Done], paying: Mapping[str, Any], source_weeks: int) -> dict[str, Any]:
    """Only weeks in which both the customer and its source were there are compared."""
    weeks = max([1, ceil(paying["tenure_days"] / 7), *(use.weeks_ago + 1 for use in done)])
    weeks = min(WINDOW, weeks, source_weeks)
    recent = [use for use in done if use.weeks_ago < RECENT]
    prior = [use for use in done if use.weeks_ago >= RECENT]
    per_seat = Fraction(sum(use.count for use in recent)) / paying["seat_count"]
    log_of_use = log(1 + per_seat / min(RECENT, weeks))
    return {
        "weekly_events_per_seat_log": log_of_use, "early_use_log": log_of_use,
        "active_seat_ratio": len({use.user for use in recent}) / paying["seat_count"],
        "usage_trend_log_ratio": _trend(
            sum(use.count for use in recent), sum(use.count for use in prior), weeks
        ),
        "active_user_trend_log_ratio": _trend(_user_weeks(recent), _user_weeks(prior), weeks),
    }  # fmt: skip


def _user_weeks(done: Sequence[Done]) -> int:
    return len({(use.user, use.weeks_ago) for use in done})


def _trend(recent: int, prior: int, weeks: int) -> float | None:
    """Log ratio by week of four weeks to those before, one a week added to both."""
    if weeks < WEEKS_FOR_A_TREND:
        return None
    return log((1 + Fraction(recent, RECENT)) / (1 + Fraction(prior, weeks - RECENT)))


def _core_rates(done: Mapping[str, Sequence[Done]]) -> dict[str, Fraction]:
    """Share of the core features that each customer used in four weeks; none while no feature is core."""
    used = {
        customer: {use.feature for use in own if use.feature is not None}
        for customer, own in done.items()
    }
    using = [features for features in used.values() if features]
    core = {
        feature
        for features in using
        for feature in features
        if sum(feature in other for other in using) >= CORE_REACH * len(using)
    }
    if not core:
        return {}
    return {
        customer: Fraction(
            len(core & {use.feature for use in own if use.weeks_ago < RECENT}), len(core)
        )
        for customer, own in done.items()
    }
