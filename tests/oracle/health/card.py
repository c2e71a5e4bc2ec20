"""The health card a second time: one customer after another, exact fractions, straight from its description.

Written from the description of the card's seeds and of its published tables, not from the scoring. Scores are
published in ten-thousandths of a point; each step starts from what the step before published.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import floor
from typing import Any

Row = Mapping[str, Any]
# Published numbers of points: so many to a point.
UNITS = 10_000
# How far a double may be from the fraction that it stands for, in units.
DOUBLE = Fraction(1, 10**6)
SCORES_FOR_A_SLOPE = 5


@dataclass(frozen=True)
class Seeds:
    """Rows of the four seeds of one version of the card, as text."""

    card: Row
    components: Sequence[Row]
    metrics: Sequence[Row]
    profiles: Sequence[Row]

    def rule(self, name: str) -> Fraction:
        return Fraction(self.card[name])

    def weight(self, profile: str, component: str, metric: str = "") -> Fraction:
        """Weight of a component, or of a metric in it, for customers of a profile."""
        for row in self.profiles:
            if (row["profile"], row["component"], row["metric"]) == (profile, component, metric):
                return Fraction(row["weight"])
        if metric:
            (row,) = (row for row in self.metrics if row["metric"] == metric)
        else:
            (row,) = (row for row in self.components if row["component"] == component)
        return Fraction(row["weight"])


@dataclass(frozen=True)
class Part:
    """What one metric contributes: its weight of 1 in the whole card, before and after others are missing."""

    value: Fraction | None
    score: Fraction | None
    weight: Fraction
    effective_weight: Fraction
    missing_reason: str | None

    @property
    def lost(self) -> Fraction:
        """Units of points."""
        return (
            Fraction(0)
            if self.score is None
            else self.effective_weight * (100 - self.score) * UNITS
        )


@dataclass(frozen=True)
class Week:
    """One customer's snapshot by itself; `units` is exact, and None where too little was measured."""

    profile: str
    coverage: Fraction
    parts: dict[tuple[str, str], Part]
    units: Fraction | None


def week(seeds: Seeds, row: Row) -> Week:
    """Score a row of the card's inputs."""
    profile = _profile(seeds, row)
    values = {
        (metric["component"], metric["metric"]): _value(metric, row) for metric in seeds.metrics
    }
    ramps = {metric["metric"]: metric for metric in seeds.metrics}
    full = _shares(seeds, profile, list(values))
    there = _shares(seeds, profile, [key for key, value in values.items() if value is not None])
    parts = {}
    for (component, name), value in values.items():
        if full.get((component, name), 0) == 0:
            continue
        source = ramps[name]["source_name"]
        arrived = bool(row[f"has_{source}_source"])
        parts[component, name] = Part(
            value,
            None if value is None else _ramp(ramps[name], value),
            full[component, name],
            there.get((component, name), Fraction(0)),
            None if value is not None else ("no events" if arrived else "no source"),
        )
    coverage = sum((part.weight for part in parts.values() if part.effective_weight), Fraction(0))
    units = None
    if coverage >= seeds.rule("minimum_coverage_rate"):
        units = sum(
            (part.effective_weight * part.score * UNITS for part in parts.values() if part.score is not None),
            Fraction(0),
        )  # fmt: skip
    return Week(profile, coverage, parts, units)


def _profile(seeds: Seeds, row: Row) -> str:
    if row["tenure_days"] < seeds.rule("onboarding_profile_days"):
        return "onboarding"
    if row["renewal_days"] is not None and row["renewal_days"] <= seeds.rule(
        "renewal_profile_days"
    ):
        return "renewal"
    return "established"


def _value(metric: Row, row: Row) -> Fraction | None:
    """What was measured; nothing is, while nothing has arrived from the source."""
    if not row[f"has_{metric['source_name']}_source"] or row[metric["metric"]] is None:
        return None
    return Fraction(row[metric["metric"]])


def _ramp(metric: Row, value: Fraction) -> Fraction:
    at_0, at_100 = Fraction(metric["at_0"]), Fraction(metric["at_100"])
    return 100 * min(max((value - at_0) / (at_100 - at_0), Fraction(0)), Fraction(1))


def _shares(
    seeds: Seeds, profile: str, measured: list[tuple[str, str]]
) -> dict[tuple[str, str], Fraction]:
    """Share of each metric in the card, when only these are there: means of means."""
    inside: dict[str, Fraction] = {}
    for component, metric in measured:
        weight = seeds.weight(profile, component, metric)
        inside[component] = inside.get(component, Fraction(0)) + weight
    components = {
        component: seeds.weight(profile, component) for component, total in inside.items() if total
    }
    card = sum(components.values(), Fraction(0))
    return {
        (component, metric): (
            components[component] / card * seeds.weight(profile, component, metric) / inside[component]
        )
        for component, metric in measured
        if component in components and card
    }  # fmt: skip


def smoothed(seeds: Seeds, raw: Sequence[int | None]) -> Fraction | None:
    """Exponentially weighted mean of the last of consecutive weeks, in units; weeks without a score part it.

    Args:
        seeds: its weight and window.
        raw: published raw scores in units, oldest first, this week's last.
    """
    weight = seeds.rule("smoothing_weight")
    window = raw[-int(seeds.rule("smoothing_snapshots")) :]
    if window[-1] is None:
        return None
    together: list[int] = []
    for units in reversed(window):
        if units is None:
            break
        together.append(units)
    oldest, *newer = reversed(together)
    mean = Fraction(oldest)
    for units in newer:
        mean = weight * units + (1 - weight) * mean
    return mean


def capped(seeds: Seeds, row: Row, units: int | None) -> tuple[int | None, str | None]:
    """Score in units after caps, and why it is capped."""
    cap = int(seeds.rule("dunning_cap_score") * UNITS)
    days, most = row["open_dunning_days"], int(seeds.rule("dunning_cap_days"))
    if units is None or days is None or days <= most or units <= cap:
        return units, None
    score = float(seeds.rule("dunning_cap_score"))
    return cap, f"dunning open for {days:.0f} days, more than {most}: at most {score:g}"


def bands(seeds: Seeds, scores: Mapping[str, int | None]) -> dict[str, str | None]:
    """Bands of the customers of one snapshot: those at or below the lowest tenth, and the fifth after it."""
    known = [score for score in scores.values() if score is not None]
    red, yellow = seeds.rule("red_share"), seeds.rule("red_share") + seeds.rule("yellow_share")
    found: dict[str, str | None] = {}
    for customer, score in scores.items():
        if score is None:
            found[customer] = None
            continue
        # Who scores the same stands at the same place, the last of them.
        place = Fraction(sum(other <= score for other in known), len(known))
        found[customer] = "red" if place <= red else "yellow" if place <= yellow else "green"
    return found


def trend(seeds: Seeds, change: int | None) -> str | None:
    """Direction of a change in units."""
    if change is None:
        return None
    band = seeds.rule("trend_dead_band_points") * UNITS
    return "improving" if change > band else "declining" if change < -band else "stable"


def slope(scores: Sequence[int | None]) -> Fraction | None:
    """Least-squares units per week of up to thirteen consecutive weeks, this one's last."""
    if scores[-1] is None:
        return None
    points = [(n, units) for n, units in enumerate(scores[-13:]) if units is not None]
    if len(points) < SCORES_FOR_A_SLOPE:
        return None
    mean_week = Fraction(sum(n for n, _ in points), len(points))
    mean_score = Fraction(sum(units for _, units in points), len(points))
    spread = sum((n - mean_week) ** 2 for n, _ in points)
    return sum((n - mean_week) * (units - mean_score) for n, units in points) / spread


def is_rounded(published: int | None, exact: Fraction | None) -> bool:
    """Whether a whole number is the exact one rounded; a double may fall to either side of one half."""
    if published is None or exact is None:
        return published is None and exact is None
    return abs(published - exact) <= Fraction(1, 2) + DOUBLE


def are_shared_out(published: Mapping[Any, int], parts: Mapping[Any, Fraction]) -> bool:
    """Whether whole numbers are the parts, each cut, and the largest remainders raised to the next whole."""
    cut = {key: exact for key, exact in parts.items() if published[key] < exact - DOUBLE}
    raised = {key: exact for key, exact in parts.items() if published[key] > exact + DOUBLE}
    remainder = {key: exact - floor(exact) for key, exact in parts.items()}
    return all(abs(published[key] - exact) < 1 + DOUBLE for key, exact in parts.items()) and all(
        remainder[more] >= remainder[less] - DOUBLE for more in raised for less in cut
    )
