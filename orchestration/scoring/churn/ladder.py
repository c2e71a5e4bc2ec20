"""The ladder: the fewer customers have left so far, the fewer parameters are learnt from them.

| distinct past churners | rung |
|---|---|
| < 5 | segment base rate |
| 5–14 | card calibrated: intercept, slope of the score, whether the customer can leave |
| 15–300 | shrunken regression: the calibrated card as prior, small departures from it |
| > 300 | full regression: contract state as the data say, each component by its metrics |

The card's score is in every rung above the first, free of any prior: where the data can't tell metrics apart
that move together, its weights do.

Above 700 a challenger may take the place of the last (`challenger.py`).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from orchestration.scoring.churn.design import (
    LINE,
    Columns,
    Term,
    centred_together,
    matrix,
    standardised,
    values_of,
)
from orchestration.scoring.churn.linear import LinearModel, fit_logistic
from orchestration.scoring.churn.settings import Ladder
from orchestration.scoring.churn.snapshots import Floats, Snapshots
from orchestration.scoring.churn.terms import (
    FREE,
    contract_terms,
    gate_term,
    lost_terms,
    regression_terms,
    segment_terms,
)

BASE_RATE = "segment base rate"
CALIBRATED_CARD = "calibrated card"
SHRUNKEN = "shrunken regression"
FULL = "full regression"
CHALLENGER = "gradient boosting"

# Standard deviations of the priors, in logits per standard deviation of a score: departures from the
# card are small, effects that several hundred departures speak for are not.
DEPARTURE = 0.3
EFFECT = 1.0
# A segment's rate weighs as if the company's own had been seen in so many snapshots before.
BORROWED_SNAPSHOTS = 50.0
SNAPSHOT_DAYS = 30


def count_churners(snapshots: Snapshots, horizon: int) -> int:
    """Distinct customers who left within the horizon of any of their observed snapshots."""
    left = snapshots.labels(horizon) == 1
    return len(np.unique(snapshots.accounts[left]))


def rung_of(churners: int, ladder: Ladder) -> str:
    """The rung for so many distinct past churners."""
    if churners < ladder.calibrated_card:
        return BASE_RATE
    if churners < ladder.shrunken_regression:
        return CALIBRATED_CARD
    return SHRUNKEN if churners < ladder.full_regression else FULL


def fit_rung(
    snapshots: Snapshots, horizon: int, ladder: Ladder, *, with_covariance: bool = True
) -> tuple[str, LinearModel]:
    """The rung that the snapshots allow and its model.

    Args:
        snapshots: with labels that are all observed, nobody who has given notice.
        horizon: days.
        ladder: numbers of churners.
        with_covariance: False where no interval will be asked for.
    """
    rung = rung_of(count_churners(snapshots, horizon), ladder)
    labels = snapshots.labels(horizon)
    if rung == BASE_RATE or labels.min() == labels.max():
        return BASE_RATE, fit_base_rates(snapshots, horizon)
    if rung == CALIBRATED_CARD:
        terms = standardised([gate_term()], Columns(snapshots, horizon))
    elif rung == SHRUNKEN:
        terms = regression_terms(snapshots, horizon, DEPARTURE, DEPARTURE)
    else:
        terms = regression_terms(snapshots, horizon, EFFECT, DEPARTURE, by_metric=True)
    return rung, _fit_with_card(terms, snapshots, horizon, with_covariance=with_covariance)


def fit_contract_only(snapshots: Snapshots, horizon: int) -> LinearModel:
    """The model that a probability must beat: contract state and tenure alone."""
    labels = snapshots.labels(horizon)
    if labels.min() == labels.max():
        return fit_base_rates(snapshots, horizon)
    columns = Columns(snapshots, horizon)
    terms = standardised(contract_terms(EFFECT), columns)
    return fit_logistic(
        terms,
        matrix(terms, columns, len(snapshots)),
        labels,
        snapshots.accounts,
        _repeats(horizon),
        with_covariance=False,
    )


def fit_base_rates(snapshots: Snapshots, horizon: int) -> LinearModel:
    """Share of snapshots with a departure by segment, drawn towards the company's own.

    p = (k + m·p₀) / (n + m) with p₀ = (k₀ + ½) / (n₀ + 1): also with no departure at all it is above 0.
    Standard errors on the logit are those of a beta distribution, 1/α + 1/β, to first order.
    """
    labels = snapshots.labels(horizon)
    overall = (float(labels.sum()) + 0.5) / (len(labels) + 1)
    columns = Columns(snapshots, horizon)
    intercept = _logit(overall)
    terms: list[Term] = []
    coefficients: list[float] = []
    variances: list[float] = []
    repeats = _repeats(horizon)
    for term in segment_terms():
        rows = columns.is_level(term.column, str(term.level))
        left = float(labels[rows].sum()) + BORROWED_SNAPSHOTS * overall
        stayed = float((1 - labels[rows]).sum()) + BORROWED_SNAPSHOTS * (1 - overall)
        terms.append(replace(term, prior_deviation=float("inf")))
        coefficients.append(_logit(left / (left + stayed)) - intercept)
        variances.append(repeats * (1 / left + 1 / stayed))
    # Every row is in one segment: the uncertainty of the intercept is in its segment's.
    covariance = np.diag([0.0, *variances])
    return LinearModel(tuple(terms), intercept, np.array(coefficients), covariance)


def _fit_with_card(
    terms: list[Term], snapshots: Snapshots, horizon: int, *, with_covariance: bool
) -> LinearModel:
    """Fit the card's score as one free parameter beside the terms, then spell it out by component."""
    card = centred_together(lost_terms(snapshots.components), Columns(snapshots, horizon))
    columns = Columns(snapshots, horizon)
    design = np.empty((len(snapshots), len(terms) + 1), order="F")
    design[:, 0] = sum(values_of(term, columns) for term in card)
    design[:, 1:] = matrix(terms, columns, len(snapshots))
    tied = Term("card", "card", "card", LINE, prior_deviation=FREE)
    fitted = fit_logistic(
        [tied, *terms],
        design,
        snapshots.labels(horizon),
        snapshots.accounts,
        _repeats(horizon),
        with_covariance=with_covariance,
    )
    # Every component's points have the card's coefficient: rows of the map repeat it.
    spelt = np.zeros((1 + len(card) + len(terms), 2 + len(terms)))
    spelt[0, 0] = 1
    spelt[1 : 1 + len(card), 1] = 1
    spelt[1 + len(card) :, 2:] = np.eye(len(terms))
    return LinearModel(
        (*card, *terms),
        fitted.intercept,
        spelt[1:, 1:] @ fitted.coefficients,
        spelt @ fitted.covariance @ spelt.T,
    )


def _repeats(horizon: int) -> float:
    return max(1.0, horizon / SNAPSHOT_DAYS)


def _logit(share: float) -> float:
    return float(np.log(share / (1 - share)))


def card_and_gate(snapshots: Snapshots, horizon: int) -> Floats:
    """What the card says without any learning: who can leave first, then the lowest score; more is worse.

    A customer without a score stands in the middle of its group.
    """
    score = np.where(np.isnan(snapshots.health), 50.0, snapshots.health)
    return np.where(snapshots.can_leave(horizon), 200.0, 0.0) - score
