"""Section 8: each customer's way from its start over its milestones, and when it left."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tests.oracle.amounts import SCALE, Digits, quotient
from tests.oracle.ledger import Ledger
from tests.oracle.policy import seed
from tests.oracle.raw_rows import LONG_AGO, Row
from tests.oracle.standing import Standing
from tests.oracle.surveys import Surveys, latest
from tests.oracle.usage import Usage

MILESTONES = seed("milestones")
ORDER = {row["milestone_name"]: int(row["milestone_order"]) for row in MILESTONES}
ROLES = {row["milestone_role"]: row["milestone_name"] for row in MILESTONES}
# Milestones with which onboarding may start.
STARTS = {"first_login": "login", "kickoff": "kickoff"}
DAY = timedelta(days=1)


@dataclass
class Path:
    """One customer's onboarding."""

    customer: str
    started: datetime | None = None
    left: datetime | None = None
    returned: datetime | None = None
    # The first instant of each milestone by name, and how often.
    reached: dict[str, datetime] = field(default_factory=dict)
    visits: Counter[str] = field(default_factory=Counter)
    projects: list[Row] = field(default_factory=list)
    scores: list[Digits] = field(default_factory=list)
    # The run's end, at which what has not come is censored.
    end: datetime = LONG_AGO
    # Roles of milestones that the source ever told of.
    told: frozenset[str] = frozenset()

    def at(self, role: str) -> datetime | None:
        return self.reached.get(ROLES[role])

    def is_early(self, role: str) -> bool:
        """True for an error in the data: reached before the start."""
        at = self.at(role)
        return bool(at and self.started and at < self.started)

    def days(self, role: str) -> int | None:
        """Whole days from the start to a milestone."""
        at = self.at(role)
        if at is None or self.started is None or self.is_early(role):
            return None
        return (at - self.started) // DAY

    @property
    def is_measured(self) -> bool:
        """Whether time to value is: of who has started, without errors, where value is told of."""
        return bool(self.started) and "value" in self.told and not self.is_early("value")

    @property
    def observed(self) -> timedelta | None:
        """How long it has been until value, or until it cannot be seen any more."""
        if not self.is_measured or self.started is None:
            return None
        # Of who had left before, nothing was seen.
        return max((self.at("value") or self.left or self.end) - self.started, timedelta())

    @property
    def status(self) -> str:
        if self.started is None:
            return "not_started"
        if self.at("value"):
            return "value_before_start" if self.is_early("value") else "value_reached"
        if self.left:
            return "left"
        return "set_up" if self.at("completion") else "in_progress"

    @property
    def project_score(self) -> Digits | None:
        rated = [row for row in self.projects if row["feedback_score"] is not None]
        first = min(
            rated, key=lambda row: (row["created_at"], row["onboarding_project_id"]), default=None
        )
        return int(first["feedback_score"].scaleb(10)) if first else None

    @property
    def survey_score(self) -> Digits | None:
        return quotient(sum(self.scores), len(self.scores) * SCALE)

    @property
    def score(self) -> Digits | None:
        return self.survey_score if self.project_score is None else self.project_score


class Paths:
    """The ways of one company's customers, by customer."""

    def __init__(self, standing: Standing, usage: Usage, surveys: Surveys) -> None:
        self.standing = standing
        self.usage = usage
        policy = standing.policy
        self.of = {name: Path(name, end=policy.as_of) for name in standing.ledgers}
        for customer, ledger in standing.ledgers.items():
            self._subscribed(self.of[customer], ledger)
        for name, customer, at, count in self._milestones():
            path = self.of.get(customer or "")
            if path:
                path.reached[name] = min(at, path.reached.get(name, at))
                path.visits[name] += count
        known = standing.known.last(
            "crm_onboarding_projects", "onboarding_project_id", effective="updated_at"
        )
        for row in known:
            path = self.of.get(standing.who(row["customer_id"]) or "")
            if path and row["created_at"] < policy.as_of:
                path.projects.append(row)
        for customer, path in self.of.items():
            own = [answer for answer in surveys.counted() if answer.customer == customer]
            rated = [answer.common_score for answer in latest(own) if answer.kind == "onboarding"]
            path.scores = [score for score in rated if score is not None]
        self._start()
        told = {
            role
            for role, name in ROLES.items()
            for path in self.of.values()
            if name in path.reached
        }
        for path in self.of.values():
            path.told = frozenset(told)

    def _start(self) -> None:
        """Begin the clocks elsewhere than with the first subscription, where the policy says so."""
        policy = self.standing.policy.onboarding_starts_at
        if policy == "account_created":
            created = self.standing.created()
            for customer, path in self.of.items():
                path.started = created.get(customer)
        elif policy != "first_subscription":
            for path in self.of.values():
                path.started = path.at(STARTS[policy])

    def _subscribed(self, path: Path, ledger: Ledger) -> None:
        """When a customer first tried, paid or paused, when it left for good, and when it came back."""
        was_held = False
        for balance in ledger.balances:
            is_held = bool(balance.items)
            if is_held and not was_held:
                if path.started is None:
                    path.started = balance.at
                elif path.returned is None:
                    path.returned = balance.at
                path.left = None
            if was_held and not is_held:
                path.left = balance.at
            was_held = is_held

    def _milestones(self) -> Iterator[tuple[str, str | None, datetime, int]]:
        """Each time a milestone was told of."""
        standing = self.standing
        projects = standing.known.last(
            "crm_onboarding_projects", "onboarding_project_id", effective="updated_at"
        )
        for rule in MILESTONES:
            if rule["source_name"] == "usage_event":
                for use in self.usage.told:
                    if use.name == rule["event_name"]:
                        yield (
                            rule["milestone_name"],
                            use.customer,
                            use.row["occurred_at"],
                            use.count,
                        )
                continue
            for row in projects:
                at = row[rule["event_name"]]
                if at and at < standing.policy.as_of and standing.counts(row["customer_id"]):
                    yield rule["milestone_name"], standing.who(row["customer_id"]), at, 1
