"""The meter's figures on scores whose quality is known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from orchestration.ingestion.simulation.beyond import Worth
from tests.benchmarks import health_figures as figures
from tests.benchmarks.lifetime_value import errors

TRUE = np.random.default_rng(8).beta(1, 12, 4000)


def test_the_truth_itself_is_perfect() -> None:
    assert figures.of_ceiling(TRUE, TRUE) == 1
    assert figures.of_signal(TRUE, TRUE) == 1
    assert figures.observed_over_expected(TRUE, TRUE) == 1
    assert figures.expected_calibration_error(TRUE, TRUE) == 0
    assert figures.calibration_slope(TRUE, TRUE) == pytest.approx(1)


def test_chance_has_no_signal() -> None:
    noise = np.random.default_rng(9).random(len(TRUE))
    assert abs(figures.of_signal(noise, TRUE)) < 0.1
    assert figures.lift(noise, TRUE) == pytest.approx(1, abs=0.15)


def test_odds_that_are_stretched_have_a_slope_below_one() -> None:
    logit = np.log(TRUE / (1 - TRUE))
    stretched = 1 / (1 + np.exp(-(2 * logit + 2.5)))
    assert figures.calibration_slope(stretched, TRUE) == pytest.approx(0.5)
    assert figures.of_ceiling(stretched, TRUE) == pytest.approx(1)


def test_doubled_probabilities_are_half_observed() -> None:
    assert figures.observed_over_expected(2 * TRUE, TRUE) == pytest.approx(0.5)
    assert figures.expected_calibration_error(2 * TRUE, TRUE) == pytest.approx(TRUE.mean())


def test_lift_and_green_count_expected_churners() -> None:
    true = np.repeat([0.5, 0.1], [10, 90])
    assert figures.lift(true, true) == pytest.approx(0.5 / 0.14)
    assert figures.share_of_churners(figures.lowest(true, 0.7), true) == pytest.approx(7 / 14)


def test_reasons_hit_when_named() -> None:
    named = np.array([["usage", "support"], ["usage", None], [None, None]], dtype=object)
    driver = np.array(["support", "usage", "usage"], dtype=object)
    assert figures.hit_rate(named[:, :1], driver) == pytest.approx(1 / 3)
    assert figures.hit_rate(named, driver) == pytest.approx(2 / 3)


def _worth(brings: float) -> Worth:
    ahead = np.full((2, 60), brings) * np.array([[10.0], [20.0]])
    now = np.array([10.0, 20.0])
    in_a_year = np.array([now * brings * 0.9, now * brings * 1.1])
    halves = np.array([ahead, ahead])
    return Worth(np.array([4, 9]), now, ahead, halves, in_a_year, np.array([1700.0, 1900.0]))


def _valued(factor: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    values = pd.DataFrame(
        {
            "customer_id": ["sim:cus_000004", "sim:cus_000009"],
            "mrr": [12.0, 24.0],
            "predicted": [12.0 * 60 * factor, 24.0 * 60 * factor],
            "discount_rate": [0.0, 0.0],
        }
    )
    total = 36.0 * 60
    totals = pd.DataFrame(
        {
            "nrr_12_months_ratio": [0.9], "nrr_12_months_lower": [0.8],
            "nrr_12_months_upper": [0.95], "lower": [total * 0.7], "upper": [total * 0.9],
        }
    )  # fmt: skip
    return values, totals


def test_values_are_compared_in_the_reporting_currency() -> None:
    found = errors(*_valued(0.8), _worth(0.8))
    assert found["clv_customers_compared"] == 1
    assert found["clv_total_error"] == pytest.approx(0, abs=1e-12)
    assert found["nrr_12_months_true"] == pytest.approx(0.8)
    assert found["nrr_12_months_error"] == pytest.approx(0.1)
    assert found["clv_spearman"] == pytest.approx(1)
    assert found["clv_interval_covers"] == 1
    # 0.72 and 0.88 came to pass, and the interval is 0.8 to 0.95.
    assert found["nrr_interval_covers"] == 0.5
    assert found["clv_spearman_ceiling"] == pytest.approx(1)


def test_values_a_tenth_too_high_are_so_reported() -> None:
    found = errors(*_valued(1.1), _worth(1.0))
    assert found["clv_total_predicted_to_true"] == pytest.approx(1.1)
    assert found["clv_total_error"] == pytest.approx(0.1)
    assert found["clv_interval_covers"] == 0
