"""A logistic model that is a list of terms with coefficients, and how it is fitted.

The same bytes for the same rows, whatever their order and the number of threads: rows come sorted, and
linear algebra runs on one thread. Not here: which terms (`terms.py`), which rows (`folds.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from orchestration.scoring.churn.design import Columns, Term, matrix, values_of
from orchestration.scoring.churn.snapshots import ROWS_PER_CHUNK, Floats

# Contributions are counted in whole millionths of a logit, so that they add up exactly.
UNITS_PER_LOGIT = 1_000_000


@dataclass(frozen=True)
class LinearModel:
    """logit(p) = intercept + Σ coefficient · (value − centre) / scale.

    Attributes:
        terms: with centre and scale.
        intercept: logit of a customer who is average in every term.
        coefficients: one per term.
        covariance: of (intercept, coefficients), robust to repeated rows of an account.
    """

    terms: tuple[Term, ...]
    intercept: float
    coefficients: Floats
    covariance: Floats

    @property
    def drivers(self) -> tuple[str, ...]:
        """Drivers in the order of their first term."""
        return tuple(dict.fromkeys(term.driver for term in self.terms))

    @property
    def base_units(self) -> int:
        """The intercept in millionths of a logit."""
        return int(np.floor(self.intercept * UNITS_PER_LOGIT + 0.5))

    def contributions(self, columns: Columns, rows: int) -> Floats:
        """Rows × drivers: what each driver adds to the logit, in whole millionths.

        Added up term by term, so that no result depends on how rows are cut into frames.
        """
        total = np.zeros((rows, len(self.drivers)))
        for term, coefficient in zip(self.terms, self.coefficients, strict=True):
            total[:, self.drivers.index(term.driver)] += coefficient * values_of(term, columns)
        return np.floor(total * UNITS_PER_LOGIT + 0.5)

    def standard_errors(self, columns: Columns, rows: int) -> Floats:
        """Standard error of each row's logit: √(xᵀ V x)."""
        design = np.empty((rows, len(self.terms) + 1))
        design[:, 0] = 1
        design[:, 1:] = matrix(self.terms, columns, rows)
        # A root of V: a sum of squares can't come out below 0. Columns one by one, as above.
        values, vectors = np.linalg.eigh(self.covariance)
        root = vectors * np.sqrt(np.maximum(values, 0))
        variance = np.zeros(rows)
        with threadpool_limits(limits=1):
            projected = design @ root
        for column in range(projected.shape[1]):
            variance += projected[:, column] ** 2
        return np.sqrt(variance)


def logit_units(base: int, contributions: Floats) -> Floats:
    """Sum of the intercept and all drivers, in whole millionths; exact, for they are whole numbers."""
    total = np.full(len(contributions), float(base))
    for column in range(contributions.shape[1]):
        total += contributions[:, column]
    return total


def probability(units: Floats) -> Floats:
    """1 / (1 + exp(−logit))."""
    return 1 / (1 + np.exp(-units / UNITS_PER_LOGIT))


def fit_logistic(
    terms: Sequence[Term],
    design: Floats,
    labels: Floats,
    accounts: NDArray[np.intp],
    repeats: float,
    *,
    with_covariance: bool = True,
) -> LinearModel:
    """Fit by penalised maximum likelihood: a normal prior around 0 for each coefficient.

    Args:
        terms: k terms; `prior_deviation` is the standard deviation of its prior.
        design: n × k, standardised.
        labels: n times 0 or 1, both present.
        accounts: n numbers of accounts that never fall.
        repeats: how many snapshots see the same departure (horizon over a month, at least 1): the
            likelihood of rows that repeat each other counts so many times less.
        with_covariance: False for models that are only judged: it takes as long as the fit itself.

    Returns:
        The model with the sandwich covariance H⁻¹ B H⁻¹, clustered by account.
    """
    deviations = np.array([term.prior_deviation for term in terms])
    # sklearn's penalty is the same for all: scaling a column by s gives its coefficient the deviation s.
    scaled = np.asfortranarray(design * deviations)
    with threadpool_limits(limits=1):
        fitted = LogisticRegression(
            C=1 / repeats, solver="newton-cholesky", tol=1e-6, max_iter=100
        ).fit(scaled, labels.astype(np.intp))
        coefficients = fitted.coef_[0] * deviations
        intercept = float(fitted.intercept_[0])
        del scaled
        parameters = np.concatenate([[intercept], coefficients])
        covariance = (
            _sandwich(design, labels, accounts, repeats, parameters, deviations)
            if with_covariance
            else np.zeros((len(parameters), len(parameters)))
        )
    return LinearModel(tuple(terms), intercept, coefficients, covariance)


def _sandwich(
    design: Floats,
    labels: Floats,
    accounts: NDArray[np.intp],
    repeats: float,
    parameters: Floats,
    deviations: Floats,
) -> Floats:
    size = len(parameters)
    hessian = np.diag(np.concatenate([[0.0], deviations**-2.0]))
    scores = np.zeros((int(accounts[-1]) + 1 if len(accounts) else 0, size))
    for start in range(0, len(design), ROWS_PER_CHUNK):
        part = design[start : start + ROWS_PER_CHUNK]
        rows = np.empty((len(part), size))
        rows[:, 0] = 1
        rows[:, 1:] = part
        chance = 1 / (1 + np.exp(-(rows @ parameters)))
        hessian += (rows.T * (chance * (1 - chance) / repeats)) @ rows
        numbers = accounts[start : start + ROWS_PER_CHUNK]
        firsts = np.flatnonzero(np.r_[True, numbers[1:] != numbers[:-1]])
        residual = (labels[start : start + ROWS_PER_CHUNK] - chance) / repeats
        rows *= residual[:, np.newaxis]
        scores[numbers[firsts]] += np.add.reduceat(rows, firsts, axis=0)
    inverse = np.linalg.inv(hessian)
    covariance: Floats = inverse @ (scores.T @ scores) @ inverse
    return (covariance + covariance.T) / 2
