"""What holds of every card and every frame: points add up, better is never worse, order is nothing."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.scoring.card.definition import CardDefinition
from orchestration.scoring.card.score import score_card
from tests.unit.scoring.card.small_card import inputs, published_card, weeks_before

CARD = published_card()
NAMES = [metric.name for metric in CARD.metrics]
FAST = settings(max_examples=25, deadline=None)

values = st.none() | st.floats(-20, 20, allow_nan=False)
rows = st.fixed_dictionaries(
    dict.fromkeys(NAMES, values)
    | {
        "tenure_days": st.integers(0, 3000),
        "renewal_days": st.none() | st.integers(0, 400),
        "open_dunning_days": st.none() | st.integers(0, 60),
        "has_usage_source": st.booleans(),
        "has_survey_source": st.booleans(),
    }
)


@st.composite
def frames(draw: st.DrawFn) -> pd.DataFrame:
    keys = st.tuples(st.sampled_from(["a", "b", "c"]), st.integers(0, 6))
    drawn = draw(st.lists(st.tuples(keys, rows), max_size=8, unique_by=lambda pair: pair[0]))
    return inputs(
        CARD,
        *({"customer_id": c, "as_of_date": weeks_before(w)} | row for (c, w), row in drawn),
    )


@FAST
@given(frames())
def test_points_lost_sum_exactly_to_100_less_the_raw_score(frame: pd.DataFrame) -> None:
    result = score_card(frame, CARD)
    scores = result.scores.set_index(["customer_id", "as_of_date"])["health_score_raw"]
    lost: dict[tuple[str, pd.Timestamp], Decimal] = {}
    for row in result.points_lost.itertuples():
        if not pd.isna(row.points_lost):
            assert 0 <= row.points_lost <= 100
            key = (row.customer_id, row.as_of_date)
            lost[key] = lost.get(key, Decimal(0)) + row.points_lost
    for key, score in scores.items():
        if pd.isna(score):
            assert key not in lost
        else:
            assert lost[key] == 100 - score


@FAST
@given(frames())
def test_effective_weights_sum_to_one_and_points_follow_from_them(frame: pd.DataFrame) -> None:
    points = score_card(frame, CARD).points_lost.dropna(subset=["effective_weight"])
    totals = points.groupby(["customer_id", "as_of_date"])["effective_weight"].sum()
    assert np.allclose(totals, 1)
    shortfall = 100 - points["metric_score"].astype("float64").fillna(100)
    expected = points["effective_weight"] * shortfall
    assert np.allclose(points["points_lost"].astype("float64"), expected, atol=2e-4)


@FAST
@given(rows, st.sampled_from(CARD.metrics), st.floats(0, 5))
def test_a_better_value_never_lowers_the_score(row: dict, metric: object, step: float) -> None:
    before = row[metric.name]
    if before is None:
        return
    better = before + step if metric.at_100 > metric.at_0 else before - step
    frame = inputs(
        CARD, row | {"customer_id": "was"}, row | {"customer_id": "is", metric.name: better}
    )
    scores = score_card(frame, CARD).scores.set_index("customer_id")
    if not pd.isna(scores.loc["is", "health_score"]):
        assert scores.loc["is", "health_score_raw"] >= scores.loc["was", "health_score_raw"]
        assert scores.loc["is", "health_score"] >= scores.loc["was", "health_score"]


@FAST
@given(rows, st.sampled_from(NAMES))
def test_a_missing_metric_is_as_if_the_card_did_not_have_it(row: dict, name: str) -> None:
    without = CardDefinition(
        version=CARD.version,
        components=CARD.components,
        metrics=tuple(metric for metric in CARD.metrics if metric.name != name),
        profile_weights=tuple(weight for weight in CARD.profile_weights if weight.metric != name),
        rules=CARD.rules,
    )
    missing = score_card(inputs(CARD, row | {name: None}), CARD).scores.iloc[0]
    absent = score_card(inputs(without, {k: v for k, v in row.items() if k != name}), without)
    if not pd.isna(missing["health_score_raw"]):
        assert missing["health_score_raw"] == absent.scores.iloc[0]["health_score_raw"]


@FAST
@given(frames(), st.randoms())
def test_the_order_of_rows_and_metrics_changes_nothing(frame: pd.DataFrame, random: object) -> None:
    order = list(range(len(frame)))
    random.shuffle(order)
    metrics = list(CARD.metrics)
    random.shuffle(metrics)
    shuffled = CardDefinition(
        version=CARD.version,
        components=dict(reversed(CARD.components.items())),
        metrics=tuple(metrics),
        profile_weights=CARD.profile_weights,
        rules=CARD.rules,
    )
    one = score_card(frame, CARD)
    other = score_card(frame.iloc[order], shuffled)
    pd.testing.assert_frame_equal(one.scores, other.scores)
    pd.testing.assert_frame_equal(one.points_lost, other.points_lost)


@FAST
@given(frames())
def test_each_customer_is_scored_as_if_alone(frame: pd.DataFrame) -> None:
    together = score_card(frame, CARD)
    for customer in frame["customer_id"].unique():
        alone = score_card(frame[frame["customer_id"] == customer], CARD)
        others = ["health_band"]
        pd.testing.assert_frame_equal(
            alone.scores.drop(columns=others),
            together.scores.query("customer_id == @customer")
            .drop(columns=others)
            .reset_index(drop=True),
        )


def test_an_empty_frame_gives_empty_frames_of_the_same_columns() -> None:
    empty = score_card(inputs(CARD), CARD)
    full = score_card(inputs(CARD, {"tenure_days": 5}), CARD)
    assert len(empty.scores) == len(empty.points_lost) == 0
    assert list(empty.scores.columns) == list(full.scores.columns)
    assert list(empty.points_lost.columns) == list(full.points_lost.columns)


def test_one_customer_in_good_health_is_green() -> None:
    best = {metric.name: metric.at_100 for metric in CARD.metrics}
    scores = score_card(inputs(CARD, best), CARD).scores
    assert scores["health_score"].to_list() == [100]
    assert scores["health_band"].to_list() == ["green"]
