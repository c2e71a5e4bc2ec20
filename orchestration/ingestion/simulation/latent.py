"""The hidden state of every customer and the hazard of leaving that follows from it.

The state is linear: x' = A x + a·fit + shocks. So a later week's hazard is today's state carried on
times the shocks until then, from which `futures` takes the true probability of leaving.
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

_DRIVER_OF_STATE = (0, 1, 2, 3, 4, 5, 1, 4)
"""Driver by state: that of the component whose metrics picture the state; idle seats are adoption's."""

NOISE: Floats = np.array([0.21, 0.12, 0.23, 0.0, 0.0, 0.0, 0.28, 0.0])
BUG_CHANCE, BUG_SIZE = 0.014, 1.3
INCIDENT_CHANCE, INCIDENT_SHARE, INCIDENT_SIZE = 0.03, 0.12, 1.1
CHAMPION_CHANCE = 0.0045
FAILURE_RATE = 0.011
"""Failed or late payments a week on average; they come about in `renewals`."""

WEIGHTS: Floats = np.array([-0.90, -0.75, -0.85, 1.0, 1.6, 0.95, -0.70, 1.4])
"""Effect of each state on the log hazard."""

USE_OF_SEATS = (0.70, 0.35, 0.65)
"""Log odds that a seat is used: of an average customer, by engagement, by slack."""

NOT_ACTIVATED = 1.0
YOUNG_WEEKS = 26
BASE_MONTHLY: Floats = np.array([0.0145, 0.0090, 0.0054, 0.0026])
"""Voluntary monthly hazard by plan of a new customer in an average state."""

TENURE_EFFECT = 0.30
NOTICE_WINDOW: Floats = np.array([0.0, 2.8, 2.0, 1.5, 1.0, 0.3, 0.2, 0.1, 0.1])
"""Hazard multiplier of annual contracts by whole weeks left to renewal; 0 outside the window."""

ANNUAL_BOOST = 3.6


def _dynamics() -> tuple[Floats, Floats, Floats]:
    a = np.diag([0.95, 0.965, 0.965, 0.85, 0.92, 0.90, 0.95, 0.94])
    a[ENGAGEMENT, CHAMPION] = -0.09
    a[ADOPTION, ENGAGEMENT] = 0.012
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
STEADY: Floats = np.linalg.solve(np.eye(8) - A, MEAN_SHOCK).astype(np.float64)


class Latent:
    """The state of all customers, a column per entry of `STATES`."""

    def __init__(self, fit: Floats, streams: Streams) -> None:
        self.fit = fit
        rng = streams.of("latent.initial")
        steady_fit = np.linalg.solve(np.eye(8) - A, ON_FIT)
        spread = np.array([0.6, 0.3, 0.75, 0.0, 0.0, 0.0, 0.8, 0.0])
        noise = rng.standard_normal((len(fit), 8)) * spread
        self.x: Floats = STEADY + fit[:, None] * steady_fit + noise

    def advance(self, week: int, streams: Streams) -> Bools:
        """Go on by one week; says who lost a champion."""
        rng = streams.of("latent", week)
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


def draw_shocks(rng: np.random.Generator, size: int) -> Floats:
    """One week's shocks of customers who share nothing; failed payments come from `renewals`.

    An incident hits many customers at once, each with the same chance as here.
    """
    shocks = rng.standard_normal((size, len(STATES))) * NOISE
    shocks[:, BUGS] += (rng.random(size) < BUG_CHANCE) * rng.exponential(BUG_SIZE, size)
    incident = rng.random(size) < INCIDENT_CHANCE * INCIDENT_SHARE
    shocks[:, BUGS] += incident * rng.exponential(INCIDENT_SIZE, size)
    shocks[:, CHAMPION] += rng.random(size) < CHAMPION_CHANCE
    return shocks


def log_odds_of_use(engagement: Floats, slack: Floats) -> Floats:
    """Log odds that a seat is used."""
    level, by_engagement, by_slack = USE_OF_SEATS
    return level + by_engagement * engagement + by_slack * slack


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
