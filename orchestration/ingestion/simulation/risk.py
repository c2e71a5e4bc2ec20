"""Who can leave and how likely they are to, in the week and over 30 and 90 days.

Leaving by choice follows the hazard of `latent`; leaving after failed payments follows `renewals`.
What is computed here goes to the truth file, which no step of the pipeline reads.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from orchestration.ingestion.simulation import latent
from orchestration.ingestion.simulation.book import PAID, Book, Week
from orchestration.ingestion.simulation.futures import HORIZONS, Ahead, Futures, can_leave
from orchestration.ingestion.simulation.latent import Latent, base_log_hazard, gate
from orchestration.ingestion.simulation.population import TEST_CUSTOMER
from orchestration.ingestion.simulation.renewals import (
    GIVE_UP_DAYS,
    failure_chance,
    loss_chance_so_far,
)
from orchestration.ingestion.simulation.timeline import DAY, WEEK, Bools, Floats

NOTHING = Ahead({}, np.zeros(0))


@dataclass(frozen=True)
class Risk:
    """The hazard of one week: arrays by customer; `decides` is that of those who can be asked.

    `within`, `adds_by_payments` (see `futures.Ahead`) and `can_leave` are of those at risk alone, in order.
    """

    at_risk: Bools
    decides: Floats
    voluntary: Floats
    involuntary: Floats
    drivers: Floats
    within: dict[int, Floats]
    adds_by_payments: Floats
    can_leave: dict[int, Bools]


def assess(
    book: Book, state: Latent, futures: Futures | None, activated: Bools, week: Week
) -> Risk:
    """The hazard at the start of a week, before anything happens in it.

    Without futures nothing is said of what may happen after the week.
    """
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
    asked = np.flatnonzero(at_risk)
    ahead = futures.within(book, state, not_activated, week, asked) if futures else NOTHING
    open_doors = {days: can_leave(book.annual, left, days)[asked] for days in HORIZONS}
    return Risk(
        at_risk,
        decides,
        voluntary,
        involuntary,
        drivers,
        ahead.within,
        ahead.adds_by_payments,
        open_doors,
    )
