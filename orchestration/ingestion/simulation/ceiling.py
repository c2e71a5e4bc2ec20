"""How well anyone could rank customers by risk: AUC against true probabilities instead of outcomes.

Outcomes are one draw from the true probabilities. Averaged over all draws (Rao-Blackwell), the area
under the ROC curve has no noise of labels; that of the true probability itself is the ceiling.
"""

from __future__ import annotations

import numpy as np

from orchestration.ingestion.simulation.timeline import Floats


def expected_auc(score: Floats, probability: Floats) -> float:
    """Chance that of a customer who leaves and one who stays the former has the higher score.

    Args:
        score: shape (customers,); the higher, the likelier to leave. Ties count half.
        probability: shape (customers,); true probability of leaving, outcomes independent given it.

    Returns:
        sum over i <> j of p_i (1 - p_j) [s_i > s_j] over the same sum without the bracket.

    Raises:
        ValueError: the arrays differ in length, or no pair of a leaver and a stayer is possible.
    """
    if score.shape != probability.shape:
        raise ValueError(f"{score.shape} scores, {probability.shape} probabilities")
    _, place = np.unique(score, return_inverse=True)
    leavers = np.bincount(place, probability)
    stayers = np.bincount(place, 1 - probability)
    # Nobody is compared with himself.
    selves = np.bincount(place, probability * (1 - probability))
    pairs = leavers.sum() * stayers.sum() - selves.sum()
    if not pairs > 0:
        raise ValueError("no pair of a customer who leaves and one who stays is possible")
    below = np.cumsum(stayers) - stayers
    ranked = (leavers * below + (leavers * stayers - selves) / 2).sum()
    return float(ranked / pairs)


def ceiling_auc(probability: Floats) -> float:
    """The expected AUC of the true probability itself; no score can have a higher one."""
    return expected_auc(probability, probability)
