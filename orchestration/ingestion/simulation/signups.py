"""The beginnings: sign-ups, trials that convert or end, and customers who come back."""

from __future__ import annotations

import numpy as np

from orchestration.ingestion.simulation.book import (
    ACTIVE,
    ENDED,
    NEVER,
    PAID,
    REASONS,
    TRIAL,
    TRIALING,
    Book,
    Week,
)
from orchestration.ingestion.simulation.renewals import bill
from orchestration.ingestion.simulation.streams import Streams
from orchestration.ingestion.simulation.timeline import DAY, HOUR, WEEK, Bools, Floats, Ints

TRIAL_DAYS = 14
RETURN_CHANCE = 0.0022
"""Weekly chance of coming back after leaving by choice; three times that after failed payments."""


def sign_up(book: Book, week: Week, streams: Streams) -> None:
    """Customers whose time has come start a trial or pay from the first day."""
    people = book.population
    new: Ints = np.flatnonzero((book.phase == NEVER) & week.holds(people.arrival))
    rng = streams.of("signups", week.number)
    draw = rng.random((people.size, 3))
    extras = np.array([0.04, 0.12, 0.25, 0.45])[book.plan[new]]
    book.insights[new] = draw[new, 0] < extras
    book.priority[new] = draw[new, 1] < np.where(book.plan[new] >= 2, extras, 0)
    book.metered[new] = draw[new, 2] < np.where(book.plan[new] >= 1, 0.25, 0)
    trial, direct = new[people.on_trial[new]], new[~people.on_trial[new]]
    at = people.arrival[trial]
    book.open_subscription(trial, at, paid=False)
    book.trial_start[trial], book.trial_end[trial] = at, at + TRIAL_DAYS * DAY
    book.period_end[trial] = at + TRIAL_DAYS * DAY
    _admit(book, trial, at, week)
    book.record(trial, at, TRIALING)
    book.record_items(trial, at)
    _start_paying(
        book, direct, people.arrival[direct], week, streams.of("first_bills", week.number)
    )


def end_trials(
    book: Book, week: Week, activated: Bools, engagement: Floats, streams: Streams
) -> None:
    """A trial converts the more likely the better the fit and use, and once value was seen."""
    people = book.population
    due = np.flatnonzero((book.phase == TRIAL) & week.holds(book.trial_end))
    draw = streams.of("trials", week.number).random(people.size)[due]
    score = -0.05 + 0.5 * people.fit[due] + 0.35 * engagement[due] + 0.9 * activated[due]
    converts = draw < 1 / (1 + np.exp(-score))
    stays, goes = due[converts], due[~converts]
    at = book.trial_end[stays]
    book.anchor[stays], book.period[stays], book.period_start[stays] = at, -1, at
    book.period_end[stays] = at
    book.phase[stays] = PAID
    book.next_period(stays)
    book.first_paid_at[stays] = at
    book.record(stays, at, ACTIVE)
    bill(book, stays, at, 1, streams.of("trial_bills", week.number))
    _close(book, goes, week)


def _close(book: Book, i: Ints, week: Week) -> None:
    at = book.trial_end[i]
    book.access_until[i] = at - week.start
    book.end(i, at, np.full(len(i), REASONS.index("trial_ended")))


def come_back(book: Book, week: Week, streams: Streams) -> None:
    """Some who left return within a year and a half, at their old plan."""
    n = book.population.size
    rng = streams.of("returns", week.number)
    away = (week.start - book.ended_at) // WEEK
    chance = np.where(book.reason == REASONS.index("payment_failure"), 3, 1) * RETURN_CHANCE
    gone = (book.phase == ENDED) & (book.first_paid_at >= 0) & (away >= 2) & (away < 78)
    back = np.flatnonzero(gone & (rng.random(n) < chance))
    at = week.start + DAY + (rng.random(n)[back] * (WEEK - DAY - HOUR)).astype(np.int64)
    book.sequence[back] += 1
    _start_paying(book, back, at, week, streams.of("return_bills", week.number))


def _start_paying(book: Book, i: Ints, at: Ints, week: Week, rng: np.random.Generator) -> None:
    book.open_subscription(i, at, paid=True)
    _admit(book, i, at, week)
    book.record(i, at, ACTIVE)
    book.record_items(i, at)
    bill(book, i, at, 0, rng)


def _admit(book: Book, i: Ints, at: Ints, week: Week) -> None:
    book.access_from[i] = at - week.start
    book.access_until[i] = WEEK
