"""Whether a probability may be shown: every bound by itself, at its edge."""

from __future__ import annotations

import math

import pytest

from orchestration.scoring.churn.evaluation import Figure
from orchestration.scoring.churn.publish_gate import reason_to_withhold
from orchestration.scoring.churn.settings import PublishRules

GOOD = {
    "log_loss_gain": Figure(0.010, 0.002, 0.018),
    "observed_to_expected_ratio": Figure(1.0, 0.8, 1.2),
    "calibration_slope": Figure(1.0, 0.8, 1.2),
    "auc": Figure(0.85, 0.80, 0.90),
    "auc_can_leave": Figure(0.75, 0.70, 0.80),
}


def reason(*, training_auc: float = 0.87, test_churners: int = 40, **changes: Figure) -> str | None:
    return reason_to_withhold(
        GOOD | changes, PublishRules(), training_auc=training_auc, test_churners=test_churners
    )


def exactly(value: float) -> Figure:
    return Figure(value, value, value)


def test_what_keeps_every_bound_is_published() -> None:
    assert reason() is None


@pytest.mark.parametrize("lower", [0.0, -0.001, math.nan])
def test_a_gain_that_may_be_chance_is_none(lower: float) -> None:
    told = reason(log_loss_gain=Figure(0.010, lower, 0.018))
    assert told is not None
    assert "not better than contract and tenure alone" in told


@pytest.mark.parametrize(
    ("name", "value", "is_published"),
    [
        ("observed_to_expected_ratio", 0.8, True),
        ("observed_to_expected_ratio", 1.25, True),
        ("observed_to_expected_ratio", 0.799, False),
        ("observed_to_expected_ratio", 1.251, False),
        ("observed_to_expected_ratio", math.nan, False),
        ("calibration_slope", 0.7, True),
        ("calibration_slope", 1.3, True),
        ("calibration_slope", 0.699, False),
        ("calibration_slope", 1.301, False),
        ("calibration_slope", math.nan, False),
    ],
)
def test_probabilities_of_the_wrong_size_are_withheld(
    name: str, value: float, is_published: bool
) -> None:
    told = reason(**{name: exactly(value)})
    assert (told is None) == is_published
    assert is_published or "outside" in str(told)


def test_nothing_to_be_judged_by_is_withheld() -> None:
    rules = PublishRules()
    told = reason_to_withhold(None, rules, training_auc=0.9, test_churners=0)
    assert told == "too few observed months for a test that lies after the training"
    assert reason(test_churners=0) == "nobody left in the months that the model is tested on"


@pytest.mark.parametrize(("churners", "is_asked"), [(29, False), (30, True)])
def test_a_leak_is_looked_for_where_enough_left(churners: int, is_asked: bool) -> None:
    falls = reason(training_auc=0.96, test_churners=churners)
    perfect = reason(auc_can_leave=exactly(0.99), test_churners=churners)
    assert ("know the future" in str(falls)) == is_asked
    assert ("too good" in str(perfect)) == is_asked
