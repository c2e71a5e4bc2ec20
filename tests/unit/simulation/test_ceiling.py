"""Expected AUC: equal to the mean over drawn outcomes, and highest for the truth itself."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from orchestration.ingestion.simulation.ceiling import ceiling_auc, expected_auc


def test_two_customers_by_hand() -> None:
    """Pairs (leaver, stayer): .8 x .7 in order and .3 x .2 out of order."""
    score, probability = np.array([1.0, 2.0]), np.array([0.3, 0.8])
    assert expected_auc(score, probability) == pytest.approx(0.56 / 0.62)
    assert expected_auc(-score, probability) == pytest.approx(0.06 / 0.62)


def test_ties_count_half() -> None:
    assert expected_auc(np.zeros(5), np.array([0.1, 0.9, 0.5, 0.2, 0.7])) == pytest.approx(0.5)


def test_certain_outcomes_give_the_plain_auc() -> None:
    rng = np.random.default_rng(1)
    score, left = np.round(rng.random(300), 1), rng.random(300) < 0.2
    expected = roc_auc_score(left, score)
    assert expected_auc(score, left.astype(float)) == pytest.approx(expected)


def test_it_is_the_mean_over_drawn_outcomes() -> None:
    """Pairs are weighed alike, so draws are weighed by their number of pairs."""
    rng = np.random.default_rng(2)
    probability = rng.beta(1, 6, 200)
    score = probability + 0.1 * rng.standard_normal(200)
    ranked = pairs = 0.0
    for _ in range(500):
        left = rng.random(200) < probability
        weight = left.sum() * (~left).sum()
        ranked += weight * roc_auc_score(left, score)
        pairs += weight
    assert expected_auc(score, probability) == pytest.approx(ranked / pairs, abs=0.004)


def test_no_score_ranks_better_than_the_truth() -> None:
    rng = np.random.default_rng(3)
    probability = rng.beta(1, 8, 500)
    ceiling = ceiling_auc(probability)
    for noise in (0.01, 0.1, 1.0):
        assert expected_auc(probability + noise * rng.standard_normal(500), probability) < ceiling


@pytest.mark.parametrize("probability", [np.zeros(3), np.ones(3)])
def test_one_kind_of_outcome_has_no_pairs(probability: np.ndarray) -> None:
    with pytest.raises(ValueError, match="no pair"):
        ceiling_auc(probability)


def test_lengths_must_agree() -> None:
    with pytest.raises(ValueError, match="probabilities"):
        expected_auc(np.zeros(3), np.zeros(2))
