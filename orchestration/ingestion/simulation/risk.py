"""Who can leave, how likely they are to, and the true probabilities over 30 and 90 days.

Leaving by choice follows the hazard of `latent`; leaving after failed payments follows `renewals`.
What is computed here goes to the truth file, which no step of the pipeline reads.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from orchestration.ingestion.simulation import latent
from orchestration.ingestion.simulation.book import PAID, Book, Week
from orchestration.ingestion.simulation.latent import Latent, base_log_hazard, gate
from orchestration.ingestion.simulation.population import TEST_CUSTOMER
from orchestration.ingestion.simulation.renewals import (
    GIVE_UP_DAYS,
    failure_chance,
    loss_chance,
    loss_chance_so_far,
)
from orchestration.ingestion.simulation.timeline import DAY, WEEK, Bools, Floats, Ints, add_months

HORIZONS = (30, 90)
MONTHS_AHEAD = 4
TYPICAL_DUNNING_DAYS = 10
TOGETHER = 0.6
"""Mean correlation of the hazards of two weeks within 90 days."""


@dataclass(frozen=True)
class Risk:
    """The hazard of one week: arrays by customer; `decides` is that of those who can be asked."""

    at_risk: Bools
    decides: Floats
    voluntary: Floats
    involuntary: Floats
    drivers: Floats
    within: dict[int, Floats]


def assess(book: Book, state: Latent, activated: Bools, week: Week) -> Risk:
    """The hazard at the start of a week, before anything happens in it."""
    paying = (book.phase == PAID) & (book.started < week.start) & (book.paused_at < 0)
    at_risk = paying & ~book.leaving & (book.first_paid_at < week.start)
    at_risk[TEST_CUSTOMER] = False
    tenure = (week.start - book.first_paid_at) / WEEK
    not_activated = ~activated & (tenure < latent.YOUNG_WEEKS)
    drivers = state.contributions(not_activated)
    base = base_log_hazard(book.plan, book.annual, tenure)
    dunning = book.in_dunning()
    left = (book.period_end - week.start) // WEEK
    now = np.exp(base + drivers.sum(axis=1)) * gate(book.annual, left)
    # Decided at random moments of a week: who fails to pay in it first is not asked.
    bills = week.holds(book.period_end)
    decides = np.where(at_risk & ~dunning, 1 - np.exp(-now), 0)
    voluntary = decides * (1 - np.where(bills, failure_chance(book), 0))
    given_up = dunning & week.holds(book.dunning_since + GIVE_UP_DAYS * DAY) & at_risk
    involuntary = np.where(given_up, loss_chance_so_far(book, week.start), 0)
    within = {
        days: _within(book, state, base, drivers[:, latent.DRIVERS.index("onboarding")], week, days)
        for days in HORIZONS
    }
    return Risk(at_risk, decides, voluntary, involuntary, drivers, within)


def _within(
    book: Book, state: Latent, base: Floats, onboarding: Floats, week: Week, days: int
) -> Floats:
    """Probability of giving notice, or of being given up, within so many days."""
    weeks = days / 7
    total, spread = np.zeros(book.population.size), np.zeros(book.population.size)
    left = (book.period_end - week.start) // WEEK
    # Dunning stops decisions until it is settled, as a rule by the second retry.
    settled = book.dunning_since + TYPICAL_DUNNING_DAYS * DAY
    resumes = np.where(book.in_dunning(), (settled - week.start) / WEEK, 0)
    for ahead in range(int(np.ceil(weeks))):
        share = np.clip(min(1.0, weeks - ahead) - np.clip(resumes - ahead, 0, 1), 0, 1)
        effect, variance = state.expected_effect(ahead)
        expected = share * np.exp(base + onboarding + effect) * gate(book.annual, left - ahead)
        total += expected
        spread += expected * np.sqrt(np.expm1(variance))
    # E[exp(-H)] to the second order; the weeks' hazards move together, though not as one.
    stays = np.exp(-total) * (1 + TOGETHER * np.minimum(spread, 1.0) ** 2 / 2)
    loss_now = np.where(book.in_dunning(), loss_chance_so_far(book, week.start), 0)
    due = week.start + days * DAY
    loss_now = np.where(book.dunning_since + GIVE_UP_DAYS * DAY < due, loss_now, 0)
    bills = _bills_before(book, due - GIVE_UP_DAYS * DAY)
    later = (1 - failure_chance(book) * loss_chance(book)) ** bills
    probability: Floats = 1 - (1 - loss_now) * np.minimum(stays, 1.0) * later
    return probability


def _bills_before(book: Book, until: int) -> Ints:
    term = np.where(book.annual, 12, 1)
    count = np.zeros(book.population.size, dtype=np.int64)
    for period in range(MONTHS_AHEAD):
        count += add_months(book.anchor, (book.period + 1 + period) * term) < until
    return count
