"""A card that can't be applied is refused with the row to change."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from orchestration.scoring.card.definition import CardDefinitionError, ProfileWeight
from orchestration.scoring.card.seeds import card_from_seeds
from tests.unit.scoring.card.small_card import NPS, SEEDS, USE, published_card, small_card


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"metrics": (USE, USE)}, "'use' is listed twice"),
        ({"metrics": (replace(USE, component="money"),)}, "unknown component 'money'"),
        ({"metrics": (replace(USE, at_0=3, at_100=3),)}, "at_0 and at_100 that differ"),
        ({"metrics": (replace(USE, at_0=float("nan")),)}, "at_0 and at_100 that differ"),
        ({"metrics": (NPS,), "components": {"sentiment": -1}}, "negative or missing"),
        ({"metrics": (replace(NPS, weight=float("nan")),)}, "negative or missing"),
        ({"components": {"usage": 0, "sentiment": 0, "support": 0}}, "no metric with a weight"),
        ({"profile_weights": (ProfileWeight("old", "usage", None, 1),)}, "profile 'old' is not"),
        ({"profile_weights": (ProfileWeight("renewal", "money", None, 1),)}, "component 'money'"),
        ({"profile_weights": (ProfileWeight("renewal", "usage", "nps", 1),)}, "metric 'nps'"),
    ],
)
def test_refused(changes: dict, problem: str) -> None:
    if "profile_weights" not in changes:
        changes = changes | {"profile_weights": ()}
    with pytest.raises(CardDefinitionError, match=problem) as error:
        small_card(**changes)
    assert "health_*.csv" in str(error.value)


def test_the_seeds_say_what_the_design_says() -> None:
    card = published_card()
    assert card.version == "v1"
    assert card.components == {
        "usage": 0.25,
        "adoption": 0.20,
        "sentiment": 0.15,
        "support": 0.10,
        "commercial": 0.15,
        "relationship": 0.10,
        "onboarding": 0.05,
    }
    ramps = {metric.name: (metric.at_0, metric.at_100, metric.weight) for metric in card.metrics}
    assert ramps["usage_trend_log_ratio"] == (-0.6, 0.15, 0.6)
    assert ramps["failed_payment_count"] == (2, 0, 0.5)
    young = dict(zip(ramps, card.metric_weights("onboarding"), strict=True))
    assert young["usage_trend_log_ratio"] == 0
    assert card.rules.smoothing_weight == 0.4


def test_exactly_one_version_is_current() -> None:
    seeds = [
        pd.read_csv(SEEDS / f"health_{name}.csv")
        for name in ("cards", "components", "metrics", "profiles")
    ]
    older = seeds[0].assign(card_version="v0", is_current=False)
    seeds[0] = pd.concat([older, seeds[0]])
    assert card_from_seeds(*seeds).version == "v1"
    for is_current, count in [(True, 2), (False, 0)]:
        with pytest.raises(CardDefinitionError, match=f"it marks {count}"):
            card_from_seeds(seeds[0].assign(is_current=is_current), *seeds[1:])
