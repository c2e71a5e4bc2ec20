"""The shifted-beta-geometric model of retention: each customer leaves with a chance of its own.

Fader and Hardie (2007), "How to Project Customer Retention": the chance of leaving at each renewal is
constant for a customer and beta-distributed over customers, so that those who stay are ever more loyal.
With parameters a and b, the share that renews in period k of those who got there is
r(k) = (b + k − 1) / (a + b + k − 1).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import hyp2f1

Floats = NDArray[np.float64]

_LOWEST, _HIGHEST = np.log(1e-4), np.log(1e5)
"""Where a parameter is held: beyond, the curve no longer changes and nothing says where to stop."""
_ITERATIONS = 200
_LONGEST_STEP = 2.0


@dataclass(frozen=True)
class Retention:
    """Fitted parameters, one entry per set of counts."""

    alpha: Floats
    beta: Floats
    log_likelihood: Floats

    def renewal_rates(self, periods: Floats) -> Floats:
        """Share that stays through period k = 1, 2, … of those who entered it, shape (sets, periods)."""
        alpha, beta = self.alpha[..., np.newaxis], self.beta[..., np.newaxis]
        rates: Floats = (beta + periods - 1) / (alpha + beta + periods - 1)
        return rates


def fit(at_risk: Floats, lost: Floats) -> Retention:
    """Parameters of the highest likelihood, of one or many sets of counts at once.

    Counts of several cohorts are added up by period: what a customer does in its k-th period says the same of
    the curve whenever it joined. Weights in place of counts are allowed.

    Args:
        at_risk: those who entered period 1, 2, … and were watched to its end, shape (…, periods).
        lost: those of them who left in it, same shape. A set without any, or in which all left, has no
            highest likelihood: its parameters are NaN.

    Returns:
        Arrays of shape (…). Newton's method in the logarithms of both parameters, with damping where the
        likelihood is not concave; the order of sets and their number change no result.
    """
    shape = at_risk.shape[:-1]
    risk = at_risk.reshape(-1, at_risk.shape[-1])
    gone = lost.reshape(-1, lost.shape[-1])
    known = (gone.sum(axis=1) > 0) & ((risk - gone).sum(axis=1) > 0)
    logs = _start(risk, gone)
    damping = np.full(len(risk), 1e-3)
    value = _log_likelihood(logs, risk, gone)
    active = known.copy()
    for _ in range(_ITERATIONS):
        if not active.any():
            break
        rows = np.flatnonzero(active)
        gradient, curvature = _derivatives(logs[rows], risk[rows], gone[rows])
        step = _step(gradient, curvature, damping[rows])
        tried = np.clip(logs[rows] + step, _LOWEST, _HIGHEST)
        reached = _log_likelihood(tried, risk[rows], gone[rows])
        better = reached >= value[rows]
        moved = np.abs(tried - logs[rows]).max(axis=1)
        accepted = rows[better]
        logs[accepted] = tried[better]
        value[accepted] = reached[better]
        damping[rows] = np.where(better, damping[rows] / 5, damping[rows] * 10)
        active[rows[(moved < 1e-10) | (damping[rows] > 1e14)]] = False
    alpha, beta = np.exp(logs).T
    unknown = ~known
    alpha[unknown] = beta[unknown] = value[unknown] = np.nan
    return Retention(alpha.reshape(shape), beta.reshape(shape), value.reshape(shape))


def residual_lifetime(
    alpha: Floats, beta: Floats, renewals: Floats, discount_rate: float
) -> Floats:
    """Discounted expected residual lifetime, in periods, of a customer that has renewed so many times.

    Fader and Hardie (2010), "Customer-Base Valuation in a Contractual Setting", for a customer just before its
    next renewal: DERL = (b + n − 1) / (a + b + n − 1) · ₂F₁(1, b + n; a + b + n; 1 / (1 + d)), n periods begun.

    Args:
        alpha: parameter of `fit`.
        beta: parameter of `fit`.
        renewals: periods begun so far (1 in the first), any shape that fits the parameters.
        discount_rate: per period; above 0, since the sum of an undiscounted tail may have no end.
    """
    if not discount_rate > 0:
        raise ValueError(f"discount_rate is {discount_rate}; it has to be above 0")
    next_rate = (beta + renewals - 1) / (alpha + beta + renewals - 1)
    tail = hyp2f1(1, beta + renewals, alpha + beta + renewals, 1 / (1 + discount_rate))
    value: Floats = np.asarray(next_rate * tail, dtype=np.float64)
    return value


def _start(risk: Floats, gone: Floats) -> Floats:
    """Equal chances for all, with a middling spread: mean chance m and a + b = 4."""
    total = np.maximum(risk.sum(axis=1), 1e-300)
    mean = np.clip(gone.sum(axis=1) / total, 1e-4, 1 - 1e-4)
    logs: Floats = np.log(np.column_stack([4 * mean, 4 * (1 - mean)]))
    return logs


def _log_likelihood(logs: Floats, risk: Floats, gone: Floats) -> Floats:
    alpha, beta = np.exp(logs[:, :1]), np.exp(logs[:, 1:])
    ahead = np.arange(risk.shape[1], dtype=np.float64)
    terms = (
        gone * np.log(alpha)
        + (risk - gone) * np.log(beta + ahead)
        - risk * np.log(alpha + beta + ahead)
    )
    return _sums(terms)


def _derivatives(logs: Floats, risk: Floats, gone: Floats) -> tuple[Floats, Floats]:
    alpha, beta = np.exp(logs[:, :1]), np.exp(logs[:, 1:])
    ahead = np.arange(risk.shape[1], dtype=np.float64)
    both, stayed = alpha + beta + ahead, (risk - gone) / (beta + ahead)
    shared, shared_2 = _sums(risk / both), _sums(risk / both**2)
    a, b = alpha[:, 0], beta[:, 0]
    by_a = _sums(gone) / a - shared
    by_b = _sums(stayed) - shared
    aa = -_sums(gone) / a**2 + shared_2
    bb = -_sums(stayed / (beta + ahead)) + shared_2
    gradient = np.column_stack([a * by_a, b * by_b])
    curvature = np.column_stack([a * a * aa + a * by_a, a * b * shared_2, b * b * bb + b * by_b])
    return gradient, curvature


def _step(gradient: Floats, curvature: Floats, damping: Floats) -> Floats:
    """Newton's step uphill, with the curvature made negative by as much as it takes."""
    aa, ab, bb = curvature.T
    middle, spread = (aa + bb) / 2, np.hypot((aa - bb) / 2, ab)
    highest = middle + spread
    scale = np.maximum(np.abs(aa), np.abs(bb)) + 1e-12
    lift = np.maximum(highest, 0) * 2 + damping * scale
    aa, bb = aa - lift, bb - lift
    determinant = aa * bb - ab * ab
    determinant = np.where(np.abs(determinant) < 1e-300, 1e-300, determinant)
    g_a, g_b = gradient.T
    step = -np.column_stack([bb * g_a - ab * g_b, aa * g_b - ab * g_a]) / determinant[:, np.newaxis]
    clipped: Floats = np.clip(step, -_LONGEST_STEP, _LONGEST_STEP)
    return clipped


def _sums(terms: Floats) -> Floats:
    """Column by column, so that the last bit is the same however many sets there are."""
    total = np.zeros(len(terms))
    for column in range(terms.shape[1]):
        total += terms[:, column]
    return total
