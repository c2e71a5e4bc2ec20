"""Section 8: onboarding and time to value, with those who are not there yet censored."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from tests.oracle.amounts import SCALE, quotient
from tests.oracle.paths import DAY, ORDER, ROLES, Path, Paths
from tests.oracle.standing import QUARTER_WINDOW, Parts

WINDOWS = (7, 30, 90)
NOT_IN_FUNNEL = ("day", "week", "half_year", "trailing_12_months", QUARTER_WINDOW)


class Onboarding:
    """The onboarding of one company's customers."""

    def __init__(self, paths: Paths) -> None:
        self.standing = paths.standing
        self.paths = paths.of

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
