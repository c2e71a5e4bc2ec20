"""Survival and retention curves on counts that can be worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.special import betaln

from orchestration.scoring.lifetime_value import beta_discrete_weibull, shifted_beta_geometric
from orchestration.scoring.lifetime_value.kaplan_meier import survive


def test_survival_multiplies_what_stays_of_those_watched() -> None:
    """Of 10 two leave; three go unwatched; of 5 one leaves: 8/10, then 8/10 · 4/5 = 0.64."""
    curve = survive(np.array([10.0, 5.0]), np.array([2.0, 1.0]))
    assert curve.survival == pytest.approx([0.8, 0.64], abs=1e-12)
    first = 0.8 * np.sqrt(2 / (10 * 8))
    second = 0.64 * np.sqrt(2 / (10 * 8) + 1 / (5 * 4))
    assert curve.standard_error == pytest.approx([first, second], abs=1e-12)


def test_periods_that_nobody_reached_are_unknown() -> None:
    curve = survive(np.array([4.0, 0.0]), np.array([1.0, 0.0]))
    assert curve.survival[0] == 0.75
    assert np.isnan(curve.survival[1])
    assert np.isnan(curve.standard_error[1])


def test_nobody_left_is_zero_for_sure() -> None:
    curve = survive(np.array([3.0, 3.0]), np.array([0.0, 3.0]))
    assert curve.survival.tolist() == [1.0, 0.0]
    assert curve.standard_error.tolist() == [0.0, 0.0]


def test_more_lost_than_there_were_names_the_period() -> None:
    with pytest.raises(ValueError, match="Period 2: 3 lost of 2 at risk"):
        survive(np.array([5.0, 2.0]), np.array([1.0, 3.0]))


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(1, 300), min_size=2, max_size=9), st.floats(0.03, 0.5))
def test_no_other_parameters_are_likelier(sizes: list[int], share: float) -> None:
    at_risk = np.sort(np.array(sizes, dtype=float))[::-1]
    lost = np.minimum(np.ceil(at_risk * share), at_risk - 1).clip(0)
    if not lost.sum() > 0:
        return
    curve = shifted_beta_geometric.fit(at_risk, lost)

    def loss(logs: np.ndarray) -> float:
        a, b = np.exp(logs)
        k = np.arange(len(at_risk))
        stay = np.log((b + k) / (a + b + k))
        leave = np.log(a / (a + b + k))
        return -float((lost * leave + (at_risk - lost) * stay).sum())

    grid = [(a, b) for a in (-3.0, 0.0, 3.0, 7.0) for b in (-2.0, 1.0, 4.0, 8.0)]
    others = [minimize(loss, g, bounds=[(-9.2, 11.5)] * 2, method="L-BFGS-B") for g in grid]
    assert float(curve.log_likelihood) >= -min(other.fun for other in others) - 1e-4


def test_many_sets_at_once_are_fitted_like_each_alone() -> None:
    at_risk = np.array([[100.0, 80, 70], [500, 300, 250], [40, 39, 38]])
    lost = np.array([[20.0, 10, 5], [200, 50, 20], [1, 1, 1]])
    together = shifted_beta_geometric.fit(at_risk, lost)
    for number in range(3):
        alone = shifted_beta_geometric.fit(at_risk[number], lost[number])
        assert float(alone.alpha) == together.alpha[number]
        assert float(alone.beta) == together.beta[number]


def test_without_anyone_who_left_or_stayed_there_is_no_curve() -> None:
    curve = shifted_beta_geometric.fit(np.array([[9.0, 9], [9, 0]]), np.array([[0.0, 0], [9, 0]]))
    assert np.isnan(curve.alpha).all()
    assert np.isnan(curve.log_likelihood).all()


@pytest.mark.parametrize("renewals", [1.0, 3.0, 10.0])
def test_residual_lifetime_is_the_discounted_sum_of_survival(renewals: float) -> None:
    alpha, beta, rate = 3.8, 15.2, 0.1
    k = np.arange(renewals, renewals + 3000)
    stays = np.cumprod((beta + k - 1) / (alpha + beta + k - 1))
    summed = float((stays * 1.1 ** -np.arange(3000.0)).sum())
    found = shifted_beta_geometric.residual_lifetime(
        np.array(alpha), np.array(beta), np.array(renewals), rate
    )
    assert float(found) == pytest.approx(summed, abs=1e-9)


def test_residual_lifetime_needs_a_discount() -> None:
    one = np.array(1.0)
    with pytest.raises(ValueError, match="above 0"):
        shifted_beta_geometric.residual_lifetime(one, one, one, 0.0)


def test_weibull_with_exponent_one_is_the_simpler_model() -> None:
    """Exact counts of a shifted-beta-geometric cohort: the check finds nothing else in them."""
    alpha, beta = 0.7, 1.2
    alive = 1e6 * np.exp(betaln(alpha, beta + np.arange(9.0)) - betaln(alpha, beta))
    fitted = beta_discrete_weibull.fit(alive[:-1], alive[:-1] - alive[1:])
    assert fitted is not None
    assert fitted.shape == pytest.approx(1.0, abs=0.01)
    simple = shifted_beta_geometric.fit(alive[:-1], alive[:-1] - alive[1:])
    assert float(simple.alpha) == pytest.approx(alpha, abs=1e-6)
    projected = np.cumprod(simple.renewal_rates(np.arange(1.0, 13.0)))
    assert fitted.survival(np.arange(1.0, 13.0)) == pytest.approx(projected, abs=2e-3)


def test_four_periods_are_too_few_for_the_check() -> None:
    assert beta_discrete_weibull.fit(np.full(4, 9.0), np.ones(4)) is None
