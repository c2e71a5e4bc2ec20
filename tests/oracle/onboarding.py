"""Section 8: onboarding and time to value, with those who are not there yet censored."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

from tests.oracle.amounts import SCALE, Digits, quotient
from tests.oracle.ledger import Ledger
from tests.oracle.policy import seed
from tests.oracle.raw_rows import LONG_AGO, Row
from tests.oracle.standing import QUARTER_WINDOW, Parts, Standing
from tests.oracle.usage import Usage
from tests.oracle.voice import Voice, latest

MILESTONES = seed("milestones")
ORDER = {row["milestone_name"]: int(row["milestone_order"]) for row in MILESTONES}
ROLES = {row["milestone_role"]: row["milestone_name"] for row in MILESTONES}
WINDOWS = (7, 30, 90)
NOT_IN_FUNNEL = ("day", "week", "half_year", "trailing_12_months", QUARTER_WINDOW)
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
        return (self.at("value") or self.left or self.end) - self.started

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


class Onboarding:
    """The onboarding of one company's customers."""

    def __init__(self, standing: Standing, usage: Usage, voice: Voice) -> None:
        self.standing = standing
        self.usage = usage
        policy = standing.policy
        self.paths = {name: Path(name, end=policy.as_of) for name in standing.ledgers}
        for customer, ledger in standing.ledgers.items():
            self._subscribed(self.paths[customer], ledger)
        for name, customer, at, count in self._milestones():
            path = self.paths.get(customer or "")
            if path:
                path.reached[name] = min(at, path.reached.get(name, at))
                path.visits[name] += count
        known = standing.known.last(
            "crm_onboarding_projects", "onboarding_project_id", effective="updated_at"
        )
        for row in known:
            path = self.paths.get(standing.who(row["customer_id"]) or "")
            if path and row["created_at"] < policy.as_of:
                path.projects.append(row)
        for customer, path in self.paths.items():
            own = [answer for answer in voice.counted() if answer.customer == customer]
            rated = [answer.common_score for answer in latest(own) if answer.kind == "onboarding"]
            path.scores = [score for score in rated if score is not None]
        told = {
            role
            for role, name in ROLES.items()
            for path in self.paths.values()
            if name in path.reached
        }
        for path in self.paths.values():
            path.told = frozenset(told)

    def rows(self) -> dict[tuple[Any, ...], dict[str, Any]]:
        """Each customer's onboarding; none where the source never told of any milestone."""
        found = {}
        any_told = any(path.reached for path in self.paths.values())
        for customer, path in self.paths.items() if any_told else ():
            second = sorted(row["created_at"] for row in path.projects)[1:2]
            found[customer,] = {
                "started_at": path.started, "left_at": path.left, "returned_at": path.returned,
                "second_project_at": second[0] if second else None,
                "first_login_at": path.at("login"), "kickoff_at": path.at("kickoff"),
                "completed_at": path.at("completion"), "first_value_at": path.at("value"),
                "onboarding_status": path.status,
                "is_completion_measured": "completion" in path.told, "is_value_measured": "value" in path.told,
                "is_completed_before_start": path.is_early("completion"),
                "is_value_before_start": path.is_early("value"),
                "is_restarted": bool(path.returned or second),
                "milestones_reached_count": sum(ORDER[name] > 0 for name in path.reached),
                "tutorial_visits_count": path.visits[ROLES["tutorial"]],
                "onboarding_projects_count": len(path.projects),
                "survey_answers_count": len(path.scores),
                "completion_days": path.days("completion"), "time_to_value_days": path.days("value"),
                "observed_days": None if path.observed is None else path.observed // DAY,
                "project_feedback_score": path.project_score, "survey_feedback_score": path.survey_score,
                "feedback_score": path.score,
            }  # fmt: skip
        return found

    def parts(self) -> Parts:
        """Sums by period of the start and segment; times are counted by days."""
        found: Parts = {}
        any_told = any(path.reached for path in self.paths.values())
        entries = [
            (self.standing.day(path.started), path.customer, _cells(path))
            for path in self.paths.values()
            if any_told and path.started
        ]
        self.standing.spread(found, entries, ("day", QUARTER_WINDOW))
        return found

    def funnel(self) -> dict[str, Parts]:
        """Those who started and those who reached each milestone, by period of the start and segment."""
        found: dict[str, Parts] = defaultdict(dict)
        told = {name for path in self.paths.values() for name in path.reached}
        # What the source never told of is no step.
        steps = sorted((order, name) for name, order in ORDER.items() if order and name in told)
        for path in self.paths.values():
            if path.started is None:
                continue
            for n, (_, name) in enumerate(steps):
                has, had = name in path.reached, n == 0 or steps[n - 1][1] in path.reached
                cells = {
                    "started": 1,
                    "reached": int(has),
                    "previous": int(had),
                    "went_on": int(has and had),
                }
                entry = (self.standing.day(path.started), path.customer, cells)
                self.standing.spread(found[name], [entry], NOT_IN_FUNNEL)
        return found

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


def _cells(path: Path) -> dict[str, int]:
    cells = {"started": 1, "tutorials": path.visits[ROLES["tutorial"]]}
    if path.is_early("value"):
        cells["value_before_start"] = 1
    if path.is_measured and path.observed is not None and path.started:
        value = path.at("value")
        kind = "valued" if value else "left" if path.left else "waiting"
        days = path.observed // DAY
        cells |= {"measured": 1, kind: 1, f"{'value' if value else 'censored'} {days}": 1}
        for window in WINDOWS:
            if path.started + window * DAY <= path.end:
                cells[f"passed {window}"] = 1
                cells[f"within {window}"] = int(bool(value) and path.observed < window * DAY)
    if "completion" in path.told and not path.is_early("completion"):
        cells |= {"completion_measured": 1, "completed": int(path.at("completion") is not None)}
    if path.score is not None:
        cells |= {"rated": 1, "score": path.score}
    return cells


def _days_until(share: Fraction, sums: Mapping[str, int]) -> int | None:
    """Kaplan–Meier: the first day by which at most a share is not there yet."""
    told = sorted(
        (int(name.split(" ")[1]), name.startswith("censored"), times)
        for name, times in sums.items()
        if name.startswith(("value ", "censored ")) and times
    )
    at_risk = sum(times for _, _, times in told)
    survival = Fraction(1)
    for day in sorted({day for day, _, _ in told}):
        reached = sum(times for own, censored, times in told if own == day and not censored)
        survival *= 1 - Fraction(reached, at_risk)
        if reached and survival <= share:
            return day
        at_risk -= sum(times for own, _, times in told if own == day)
    return None


def value_row(sums: Mapping[str, int]) -> dict[str, Any]:
    """How many of those who started in a period got to value, and how soon."""
    rated = sums["rated"]
    found: dict[str, Any] = {
        "started_customers_count": sums["started"], "measured_customers_count": sums["measured"],
        "valued_customers_count": sums["valued"], "left_customers_count": sums["left"],
        "waiting_customers_count": sums["waiting"],
        "value_before_start_customers_count": sums["value_before_start"],
        "median_time_to_value_days": _days_until(Fraction(1, 2), sums),
        "p90_time_to_value_days": _days_until(Fraction(1, 10), sums),
        "set_up_customers_count": sums["completed"],
        "set_up_measured_customers_count": sums["completion_measured"],
        "set_up_rate": quotient(sums["completed"], sums["completion_measured"]),
        "feedback_score_sum": sums["score"], "rated_customers_count": rated,
        "average_feedback_score": quotient(sums["score"], rated * SCALE),
        "tutorial_visits_count": sums["tutorials"],
    }  # fmt: skip
    for window in WINDOWS:
        within, passed = sums[f"within {window}"], sums[f"passed {window}"]
        found |= {
            f"within_{window}_days_customers_count": within,
            f"passed_{window}_days_customers_count": passed,
            f"value_within_{window}_days_rate": quotient(within, passed),
        }
    return found


def funnel_row(sums: Mapping[str, int]) -> dict[str, Any]:
    """Who reached a milestone of those who started, and of those who reached the one before."""
    return {
        "started_customers_count": sums["started"], "reached_customers_count": sums["reached"],
        "previous_step_customers_count": sums["previous"], "went_on_customers_count": sums["went_on"],
        "reached_rate": quotient(sums["reached"], sums["started"]),
        "conversion_rate": quotient(sums["went_on"], sums["previous"]),
    }  # fmt: skip
