"""The hidden state of every customer and the hazard of leaving that follows from it.

The state is linear: x' = A x + a·fit + c + shocks. That makes the expected hazard of any later
week a closed form, from which the true probability of leaving within a horizon is computed.
Only this module knows what makes customers leave; observables are noisy pictures of the state.
Products are sums in a fixed order (einsum, not BLAS): the same bytes on any number of threads.
"""

from __future__ import annotations

import numpy as np

from orchestration.ingestion.simulation.streams import Streams
from orchestration.ingestion.simulation.timeline import Bools, Floats, Ints

STATES = (
    "engagement",
    "adoption",
    "sentiment",
    "bugs",
    "champion_loss",
    "failures",
    "slack",
    "cut",
)
ENGAGEMENT, ADOPTION, SENTIMENT, BUGS, CHAMPION, FAILURES, SLACK, CUT = range(8)
"""`slack` is seat utilisation beyond what engagement explains; `cut` remembers removed seats."""

DRIVERS = ("usage", "adoption", "sentiment", "support", "relationship", "commercial", "onboarding")
"""Components of health, as the score names them, in the order of `contributions`."""

_DRIVER_OF_STATE = (0, 1, 2, 3, 4, 5, 4, 4)
NOISE: Floats = np.array([0.18, 0.10, 0.25, 0.0, 0.0, 0.0, 0.28, 0.0])
BUG_CHANCE, BUG_SIZE = 0.014, 1.6
INCIDENT_CHANCE, INCIDENT_SHARE, INCIDENT_SIZE = 0.03, 0.12, 1.3
CHAMPION_CHANCE = 0.0045
FAILURE_RATE = 0.011
"""Failed or late payments a week on average; they come about in `renewals`."""

WEIGHTS: Floats = np.array([-0.90, -0.75, -0.85, 1.0, 1.6, 0.95, -0.70, 1.4])
"""Effect of each state on the log hazard."""

NOT_ACTIVATED = 0.85
YOUNG_WEEKS = 26
BASE_MONTHLY: Floats = np.array([0.0104, 0.0066, 0.0040, 0.0018])
"""Voluntary monthly hazard by plan of a new customer in an average state."""

TENURE_EFFECT = 0.30
NOTICE_WINDOW: Floats = np.array([0.0, 2.8, 2.0, 1.5, 1.0, 0.3, 0.2, 0.1, 0.1])
"""Hazard multiplier of annual contracts by whole weeks left to renewal; 0 outside the window."""

ANNUAL_BOOST = 3.6


def _dynamics() -> tuple[Floats, Floats, Floats]:
    a = np.diag([0.96, 0.965, 0.955, 0.76, 0.92, 0.90, 0.95, 0.94])
    a[ENGAGEMENT, CHAMPION] = -0.09
    a[ADOPTION, ENGAGEMENT] = 0.018
    a[SENTIMENT, BUGS] = -0.09
    a[SENTIMENT, ENGAGEMENT] = 0.010
    on_fit = np.zeros(8)
    on_fit[[ENGAGEMENT, ADOPTION, SENTIMENT]] = 0.028, 0.021, 0.009
    mean_shock = np.zeros(8)
    mean_shock[BUGS] = BUG_CHANCE * BUG_SIZE + INCIDENT_CHANCE * INCIDENT_SHARE * INCIDENT_SIZE
    mean_shock[CHAMPION] = CHAMPION_CHANCE
    mean_shock[FAILURES] = FAILURE_RATE
    return a, on_fit, mean_shock


A, ON_FIT, MEAN_SHOCK = _dynamics()
_SHOCK_VARIANCE = NOISE**2
_SHOCK_VARIANCE[BUGS] = 2 * (BUG_CHANCE * BUG_SIZE**2)
_SHOCK_VARIANCE[CHAMPION] = CHAMPION_CHANCE
STEADY: Floats = np.linalg.solve(np.eye(8) - A, MEAN_SHOCK).astype(np.float64)


class Latent:
    """The state of all customers, a column per entry of `STATES`."""

    def __init__(self, fit: Floats, streams: Streams) -> None:
        self._streams = streams
        self.fit = fit
        rng = streams.of("latent.initial")
        steady_fit = np.linalg.solve(np.eye(8) - A, ON_FIT)
        spread = np.array([0.6, 0.3, 0.75, 0.0, 0.0, 0.0, 0.8, 0.0])
        noise = rng.standard_normal((len(fit), 8)) * spread
        self.x: Floats = STEADY + fit[:, None] * steady_fit + noise

    def advance(self, week: int) -> Bools:
        """Go on by one week; says who lost a champion."""
        rng = self._streams.of("latent", week)
        n = len(self.fit)
        x = (
            np.einsum("ij,kj->ik", self.x, A)
            + self.fit[:, None] * ON_FIT
            + rng.standard_normal((n, 8)) * NOISE
        )
        x[:, BUGS] += (rng.random(n) < BUG_CHANCE) * rng.exponential(BUG_SIZE, n)
        hit = (rng.random() < INCIDENT_CHANCE) & (rng.random(n) < INCIDENT_SHARE)
        x[:, BUGS] += hit * rng.exponential(INCIDENT_SIZE, n)
        lost: Bools = rng.random(n) < CHAMPION_CHANCE
        x[:, CHAMPION] += lost
        self.x = x
        return lost

    def contributions(self, not_activated: Bools) -> Floats:
        """What each of `DRIVERS` adds to the log hazard beyond an average customer."""
        by_state = (self.x - STEADY) * WEIGHTS
        drivers = np.zeros((len(self.fit), len(DRIVERS)))
        for state, driver in enumerate(_DRIVER_OF_STATE):
            drivers[:, driver] += by_state[:, state]
        drivers[:, DRIVERS.index("onboarding")] = NOT_ACTIVATED * not_activated
        return drivers

    def expected_effect(self, weeks: int) -> tuple[Floats, float]:
        """Log E[exp(effect)] of the states `weeks` ahead, as far as today's state tells."""
        power = np.eye(8)
        shift, on_fit, variance = np.zeros(8), np.zeros(8), 0.0
        for _ in range(weeks):
            shift += power @ MEAN_SHOCK
            on_fit += power @ ON_FIT
            variance += float(((WEIGHTS @ power) ** 2 * _SHOCK_VARIANCE).sum())
            power = power @ A
        loading = WEIGHTS @ power
        level = float(WEIGHTS @ (shift - STEADY)) + variance / 2
        effect: Floats = (
            np.einsum("ij,j->i", self.x, loading) + self.fit * float(WEIGHTS @ on_fit) + level
        )
        return effect, variance


def base_log_hazard(plan: Ints, annual: Bools, tenure_weeks: Floats) -> Floats:
    """Log weekly hazard of an average customer; annual contracts only inside the window."""
    base = np.log(BASE_MONTHLY[plan] * 7 / 30.4375)
    tenure = -TENURE_EFFECT * np.log1p(np.maximum(tenure_weeks, 0) / 26)
    return base + tenure + np.where(annual, np.log(ANNUAL_BOOST), 0.0)


def gate(annual: Bools, weeks_to_renewal: Ints) -> Floats:
    """Multiplier of the hazard: 1 for monthly plans, the notice window for annual contracts."""
    inside = (weeks_to_renewal >= 0) & (weeks_to_renewal < len(NOTICE_WINDOW))
    window = np.where(inside, NOTICE_WINDOW[np.clip(weeks_to_renewal, 0, 8)], 0.0)
    return np.where(annual, window, 1.0)
