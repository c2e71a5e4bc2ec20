"""What a health card is: metrics with ramps, weights by component and profile, rules, a version.

Belongs here: the definition and its checks. Not here: reading it (`seeds.py`) or applying it (`card.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NoReturn

ESTABLISHED = "established"
ONBOARDING = "onboarding"
RENEWAL = "renewal"
PROFILES = (ESTABLISHED, ONBOARDING, RENEWAL)


class CardDefinitionError(ValueError):
    """A definition that can't be applied; the message names the row to change."""


@dataclass(frozen=True)
class Metric:
    """One measured column of the inputs, and the straight line that turns it into 0–100.

    `at_0` may be above `at_100`: then less is better. `weight` counts inside the component.
    """

    component: str
    name: str
    source: str
    at_0: float
    at_100: float
    weight: float
    label: str = ""


@dataclass(frozen=True)
class ProfileWeight:
    """Another weight for customers of a profile: of a metric, or of a component when `metric` is None."""

    profile: str
    component: str
    metric: str | None
    weight: float


@dataclass(frozen=True)
class CardRules:
    """Everything about a card that is not a weight or a ramp; days, points and shares of 1."""

    smoothing_weight: float = 0.4
    smoothing_snapshots: int = 9
    minimum_coverage_rate: float = 0.5
    trend_dead_band_points: float = 5.0
    dunning_cap_days: int = 14
    dunning_cap_score: float = 40.0
    onboarding_profile_days: int = 90
    renewal_profile_days: int = 90
    red_share: float = 0.10
    yellow_share: float = 0.20


@dataclass(frozen=True)
class CardDefinition:
    """A card that has passed its checks. Metrics are kept in one order, so that sums never depend on it.

    Raises:
        CardDefinitionError: a metric without a ramp, an unknown component, a weight that can't be one.
    """

    version: str
    components: dict[str, float]
    metrics: tuple[Metric, ...]
    profile_weights: tuple[ProfileWeight, ...] = ()
    rules: CardRules = CardRules()

    def __post_init__(self) -> None:
        ordered = tuple(sorted(self.metrics, key=lambda metric: (metric.component, metric.name)))
        object.__setattr__(self, "metrics", ordered)
        self._check_metrics()
        self._check_weights()

    def component_weights(self, profile: str) -> dict[str, float]:
        """Weight of each component for customers of a profile."""
        changed = {
            row.component: row.weight
            for row in self.profile_weights
            if row.profile == profile and row.metric is None
        }
        return self.components | changed

    def metric_weights(self, profile: str) -> list[float]:
        """Weight of each metric inside its component for customers of a profile, in `metrics` order."""
        changed = {row.metric: row.weight for row in self.profile_weights if row.profile == profile}
        return [changed.get(metric.name, metric.weight) for metric in self.metrics]

    def _check_metrics(self) -> None:
        names = [metric.name for metric in self.metrics]
        for name in names:
            if names.count(name) > 1:
                self._refuse(f"metric {name!r} is listed twice")
        for metric in self.metrics:
            if metric.component not in self.components:
                self._refuse(
                    f"metric {metric.name!r} belongs to unknown component {metric.component!r}"
                )
            if not abs(metric.at_100 - metric.at_0) > 0:
                self._refuse(f"metric {metric.name!r} needs at_0 and at_100 that differ")

    def _check_weights(self) -> None:
        known = {(metric.component, metric.name) for metric in self.metrics}
        for row in self.profile_weights:
            if row.profile not in PROFILES:
                self._refuse(f"profile {row.profile!r} is not one of {', '.join(PROFILES)}")
            if row.component not in self.components:
                self._refuse(f"profile {row.profile!r} names unknown component {row.component!r}")
            if row.metric is not None and (row.component, row.metric) not in known:
                self._refuse(f"profile {row.profile!r} names unknown metric {row.metric!r}")
        for profile in PROFILES:
            weights = [*self.component_weights(profile).values(), *self.metric_weights(profile)]
            if not all(0 <= weight < float("inf") for weight in weights):
                self._refuse(f"profile {profile!r} has a weight that is negative or missing")
            if not self._total(profile) > 0:
                self._refuse(f"profile {profile!r} has no metric with a weight above 0")

    def _total(self, profile: str) -> float:
        weights = self.component_weights(profile)
        pairs = zip(self.metrics, self.metric_weights(profile), strict=True)
        return sum(weights[metric.component] * weight for metric, weight in pairs)

    def _refuse(self, problem: str) -> NoReturn:
        raise CardDefinitionError(
            f"Health card {self.version!r}: {problem}. Correct dbt_project/seeds/health_*.csv."
        )
