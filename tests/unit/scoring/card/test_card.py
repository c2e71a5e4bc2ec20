"""The card on hand-computed customers, the cited scorecard A33 among them."""

from __future__ import annotations

from decimal import Decimal

import pandas as pd
import pytest

from orchestration.scoring.card.definition import CardDefinition, CardRules, Metric, ProfileWeight
from orchestration.scoring.card.score import score_card
from tests.unit.scoring.card.small_card import (
    AS_OF,
    inputs,
    published_card,
    small_card,
    weeks_before,
)

HEALTHY = {"use": 10, "trend": 1, "nps": 10, "tickets": 0}


def score_one(card: CardDefinition, **row: object) -> pd.Series:
    return score_card(inputs(card, row), card).scores.iloc[0]


def test_a33_the_cited_scorecard() -> None:
    """Support 80 w2; Engagement mean(76, 65) w3; Feature 90 w3; CSM 54 w2 -> 74.95, shown 75."""
    card = CardDefinition(
        version="a33",
        components={"support": 2, "engagement": 3, "feature": 3, "csm": 2},
        metrics=(
            Metric("support", "support", "scores", 0, 100, 1),
            Metric("engagement", "engagement_1", "scores", 0, 100, 1),
            Metric("engagement", "engagement_2", "scores", 0, 100, 1),
            Metric("feature", "feature", "scores", 0, 100, 1),
            Metric("csm", "csm", "scores", 0, 100, 1),
        ),
    )
    row = {"support": 80, "engagement_1": 76, "engagement_2": 65, "feature": 90, "csm": 54}
    result = score_card(inputs(card, row), card)
    score = result.scores["health_score"].iloc[0]
    assert score == Decimal("74.95")
    assert round(score) == 75
    lost = result.points_lost.groupby("component")["points_lost"].sum()
    assert 100 - lost["engagement"] / Decimal("0.3") == Decimal("70.5")


@pytest.mark.parametrize(
    ("metric", "value", "score"),
    [
        ("use", 0, 65),
        ("use", -5, 65),
        ("use", 5, "82.5"),
        ("use", 99, 100),
        ("tickets", 1, "93.75"),
    ],
)
def test_ramps_are_straight_and_flat_beyond_their_ends(
    metric: str, value: float, score: float | str
) -> None:
    assert score_one(small_card(), **HEALTHY | {metric: value})["health_score"] == Decimal(score)


def test_missing_metrics_hand_their_weight_to_the_rest_of_their_component() -> None:
    row = score_one(small_card(), **HEALTHY | {"use": None, "nps": 0})
    assert row["health_score"] == Decimal(75)
    assert row["coverage_rate"] == pytest.approx(0.65)


def test_missing_components_hand_their_weight_to_the_others() -> None:
    row = score_one(small_card(), **HEALTHY | {"nps": None, "tickets": 4})
    assert row["health_score"] == Decimal("66.6667")
    assert row["coverage_rate"] == pytest.approx(0.75)


def test_a_card_measured_by_half_is_scored_and_by_less_is_not() -> None:
    half = score_one(small_card(), use=0, trend=-1)
    assert (half["coverage_rate"], half["health_score"], half["status"]) == (0.5, 0, "scored")
    less = score_one(small_card(), nps=10, trend=1)
    assert less["coverage_rate"] == pytest.approx(0.4)
    assert less["status"] == "insufficient data"
    for column in ["health_score", "health_score_raw", "health_band", "health_trend"]:
        assert pd.isna(less[column])


def test_no_source_differs_from_no_events() -> None:
    card = small_card()
    frame = inputs(
        card,
        HEALTHY | {"customer_id": "a", "nps": None},
        HEALTHY | {"customer_id": "b", "has_survey_source": False},
    )
    points = score_card(frame, card).points_lost.query("metric == 'nps'").set_index("customer_id")
    assert points["missing_reason"].to_dict() == {"a": "no events", "b": "no source"}
    assert points["points_lost"].to_list() == [0, 0]
    assert points["effective_weight"].to_list() == [0, 0]
    assert points["metric_value"].isna().all()


def test_profiles() -> None:
    card = small_card()
    frame = inputs(
        card,
        HEALTHY | {"customer_id": "day 89", "tenure_days": 89, "renewal_days": 5, "trend": -1},
        HEALTHY | {"customer_id": "day 90", "tenure_days": 90, "trend": -1},
        HEALTHY | {"customer_id": "renews", "renewal_days": 90},
        HEALTHY | {"customer_id": "renews later", "renewal_days": 91},
    )
    result = score_card(frame, card)
    scores = result.scores.set_index("customer_id")
    assert scores["profile"].to_dict() == {
        "day 89": "onboarding",
        "day 90": "established",
        "renews": "renewal",
        "renews later": "established",
    }
    assert scores.loc["day 89", "health_score"] == 100
    assert scores.loc["day 90", "health_score"] == 85
    young = result.points_lost.query("customer_id == 'day 89'")
    assert "trend" not in set(young["metric"])


def test_profiles_may_weigh_a_component_anew() -> None:
    card = small_card(profile_weights=(ProfileWeight("renewal", "sentiment", None, 1.25),))
    row = HEALTHY | {"nps": 0}
    assert score_one(card, **row)["health_score"] == 75
    assert score_one(card, **row | {"renewal_days": 3})["health_score"] == Decimal("37.5")


def test_dunning_caps_the_score_and_says_so() -> None:
    card = small_card()
    frame = inputs(
        card,
        HEALTHY | {"customer_id": "day 14", "open_dunning_days": 14},
        HEALTHY | {"customer_id": "day 15", "open_dunning_days": 15},
        {
            "customer_id": "low",
            "use": 1,
            "trend": -1,
            "nps": 0,
            "tickets": 4,
            "open_dunning_days": 60,
        },
    )
    scores = score_card(frame, card).scores.set_index("customer_id")
    assert scores.loc["day 14", "health_score"] == 100
    assert scores.loc["day 15", "health_score"] == 40
    assert scores.loc["day 15", "health_score_raw"] == 100
    assert (
        scores.loc["day 15", "cap_reason"] == "dunning open for 15 days, more than 14: at most 40"
    )
    assert scores.loc["low", "health_score"] < 40
    assert scores["cap_reason"].notna().to_list() == [False, True, False]


def test_scores_are_smoothed_over_weeks() -> None:
    card = small_card(components={"usage": 1, "sentiment": 0, "support": 0})
    frame = inputs(
        card,
        *(
            {"as_of_date": weeks_before(weeks), "use": use, "trend": 2 * use / 10 - 1}
            for weeks, use in [(2, 10), (1, 5), (0, 0)]
        ),
    )
    scores = score_card(frame, card).scores
    assert scores["health_score_raw"].to_list() == [100, 50, 0]
    assert scores["health_score"].to_list() == [100, 80, 48]


def test_a_week_away_or_without_a_score_begins_smoothing_anew() -> None:
    card = small_card()
    low = {"use": 0, "trend": -1, "nps": 0, "tickets": 4}
    frame = inputs(
        card,
        HEALTHY | {"customer_id": "away", "as_of_date": weeks_before(2)},
        low | {"customer_id": "away"},
        HEALTHY | {"customer_id": "blind", "as_of_date": weeks_before(2)},
        {"customer_id": "blind", "as_of_date": weeks_before(1)},
        low | {"customer_id": "blind"},
        HEALTHY | {"customer_id": "there", "as_of_date": weeks_before(2)},
        HEALTHY | {"customer_id": "there", "as_of_date": weeks_before(1)},
        low | {"customer_id": "there"},
    )
    last = score_card(frame, card).scores.groupby("customer_id")["health_score"].last()
    assert last.to_dict() == {"away": 0, "blind": 0, "there": 60}


def test_change_and_trend_over_four_weeks() -> None:
    card = small_card(rules=CardRules(smoothing_weight=1))
    rows = []
    for customer, before in [("falls", 10), ("rises", 0), ("drifts", 4.9)]:
        rows += [
            {"customer_id": customer, "as_of_date": weeks_before(4), "use": before, "trend": 0},
            {"customer_id": customer, "use": 5, "trend": 0},
        ]
    rows.append({"customer_id": "new", "use": 5, "trend": 0})
    last = score_card(inputs(card, *rows), card).scores.groupby("customer_id").last()
    assert last["health_trend"].dropna().to_dict() == {
        "falls": "declining",
        "rises": "improving",
        "drifts": "stable",
    }
    assert last.loc["falls", "change_4_weeks"] == -35
    assert pd.isna(last.loc["new", "change_4_weeks"])


def test_slope_is_in_points_per_week() -> None:
    card = small_card(rules=CardRules(smoothing_weight=1))
    frame = inputs(
        card,
        *({"as_of_date": weeks_before(w), "use": 9 - w / 2, "trend": 0} for w in range(6)),
    )
    slopes = score_card(frame, card).scores["slope_12_weeks"]
    assert slopes.isna().to_list() == [True] * 4 + [False] * 2
    assert slopes.iloc[-1] == Decimal("3.5")


def test_bands_are_shares_of_the_snapshot() -> None:
    card = small_card()
    rows = [{"customer_id": f"c{n:02}", "use": n / 2, "trend": 0} for n in range(20)]
    bands = score_card(inputs(card, *rows), card).scores["health_band"].to_list()
    assert bands == ["red"] * 2 + ["yellow"] * 4 + ["green"] * 14


def test_published_scores_stand_in_for_a_second_scoring() -> None:
    card = small_card()
    frame = inputs(card, HEALTHY | {"as_of_date": weeks_before(4)}, HEALTHY)
    frame = pd.concat(
        [frame, *(inputs(card, HEALTHY | {"as_of_date": weeks_before(w)}) for w in (1, 2, 3))]
    )
    history = pd.DataFrame(
        {
            "customer_id": ["acme:1", "acme:1", "somebody else"],
            "as_of_date": [weeks_before(1), weeks_before(4), weeks_before(1)],
            "health_score": [20.0, 30.0, 1.0],
            "health_score_raw": [10.0, 50.0, 1.0],
        }
    )
    now = score_card(frame, card, history).scores.iloc[-1]
    assert now["as_of_date"].date() == AS_OF
    # 50, 100, 100, 10, 100, each week 0.4 of the new: 50, 70, 82, 53.2, 71.92
    assert now["health_score"] == Decimal("71.92")
    assert now["change_4_weeks"] == Decimal("41.92")
    assert now["health_score_raw"] == 100


def test_the_projects_own_card_adds_up() -> None:
    card = published_card()
    best = {metric.name: metric.at_100 for metric in card.metrics}
    worst = {metric.name: metric.at_0 for metric in card.metrics}
    frame = inputs(
        card,
        best | {"customer_id": "best"},
        worst | {"customer_id": "worst"},
        best | {"customer_id": "young", "tenure_days": 10, "usage_trend_log_ratio": -9},
        best
        | {
            "customer_id": "lost usage",
            "weekly_events_per_seat_log": 0,
            "usage_trend_log_ratio": -1,
        },
    )
    scores = score_card(frame, card).scores.set_index("customer_id")["health_score"]
    assert scores.to_dict() == {"best": 100, "worst": 0, "young": 100, "lost usage": 75}
    assert sum(card.components.values()) == pytest.approx(1)
    assert card.component_weights("onboarding")["onboarding"] == 0.40
