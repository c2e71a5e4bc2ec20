"""Billing periods: renewals, scheduled ends, invoices, and dunning after a failed payment."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from orchestration.ingestion.simulation.book import (
    ACTIVE,
    PAID,
    PAST_DUE,
    REASONS,
    UNPAID,
    Book,
    Week,
)
from orchestration.ingestion.simulation.catalogue import (
    API_CALLS,
    INSIGHTS,
    ONBOARDING,
    PRIORITY,
)
from orchestration.ingestion.simulation.streams import Streams
from orchestration.ingestion.simulation.timeline import DAY, HOUR, NONE, Floats, Ints

RETRY_DAYS: Ints = np.array([3, 8, 14, 21])
RETRY_SHARES: Floats = np.array([0.45, 0.30, 0.15, 0.10])
"""Of the invoices that are recovered, the share recovered by each retry."""

GIVE_UP_DAYS = 27
"""An invoice that no retry recovered ends the subscription, before the next one is due."""


TROUBLE_LOGIT = -3.25
LOST_SHARE: Floats = np.array([0.14, 0.11, 0.06, 0.03])
"""Of the failed payments of an average customer, those that are never recovered, by plan."""


def trouble_chance(book: Book) -> Floats:
    """Chance that an invoice is not paid when it should be."""
    chance: Floats = 1 / (1 + np.exp(-TROUBLE_LOGIT - 1.0 * book.population.payment_risk))
    return chance


def failure_chance(book: Book) -> Floats:
    """Chance that a card payment fails; customers who pay by invoice are late instead."""
    return np.where(book.population.pays_by_invoice, 0.0, trouble_chance(book))


def usual_failure_chance(book: Book) -> Floats:
    """The same of a customer who pays like most."""
    return np.where(book.population.pays_by_invoice, 0.0, 1 / (1 + np.exp(-TROUBLE_LOGIT)))


def loss_chance(book: Book) -> Floats:
    """Chance that a failed payment is never recovered."""
    size = LOST_SHARE[book.plan]
    chance: Floats = np.clip(size * np.exp(0.6 * book.population.payment_risk), 0, 0.7)
    return chance


def usual_loss_chance(book: Book) -> Floats:
    """The same of a customer who pays like most."""
    return LOST_SHARE[book.plan]


def loss_chance_so_far(book: Book, now: int) -> Floats:
    """The same, given that the retries until now have failed."""
    loss = loss_chance(book)
    elapsed = (now - book.dunning_since)[:, None] >= RETRY_DAYS * DAY
    left = 1 - (elapsed * RETRY_SHARES).sum(axis=1)
    chance: Floats = loss / (loss + (1 - loss) * left)
    return chance


def bill(book: Book, i: Ints, at: Ints, reason: int, rng: np.random.Generator) -> None:
    """Invoice customers for the period that now runs and try to collect."""
    n = book.population.size
    draw = rng.random((n, 4))[i]
    fails = draw[:, 0] < failure_chance(book)[i]
    lost = fails & (draw[:, 1] < loss_chance(book)[i])
    retry = np.searchsorted(np.cumsum(RETRY_SHARES), draw[:, 2]).clip(0, 3)
    recovered_at = at + RETRY_DAYS[retry] * DAY + HOUR
    given_up_at = at + GIVE_UP_DAYS * DAY + HOUR
    until = np.where(lost, given_up_at, recovered_at)
    by_invoice = book.population.pays_by_invoice[i]
    late = by_invoice & (draw[:, 0] < 2 * trouble_chance(book)[i])
    days_late = np.where(late, 6 + 30 * draw[:, 3], -12 + 12 * draw[:, 3])
    outcome = {
        "fails": fails,
        "lost": lost,
        "retry": retry.astype(np.int64),
        "by_invoice": by_invoice,
        "days_late": days_late,
    }
    _write_invoice(book, i, at, reason, outcome)
    hit = i[fails]
    book.failed[i[fails | late]] = True
    book.dunning_since[hit] = at[fails] + HOUR
    book.dunning_until[hit], book.recovers[hit] = until[fails], ~lost[fails]
    book.record(hit, at[fails] + HOUR, PAST_DUE)


def bill_change(book: Book, i: Ints, at: Ints) -> None:
    """Invoice what a change inside an annual period costs, at once; it is paid without trouble."""
    no = np.zeros(len(i), dtype=bool)
    outcome = {
        "fails": no,
        "lost": no,
        "retry": np.zeros(len(i), dtype=np.int64),
        "by_invoice": book.population.pays_by_invoice[i],
        "days_late": np.full(len(i), -5.0),
    }
    _write_invoice(book, i, at, 2, outcome)


def _write_invoice(
    book: Book, i: Ints, at: Ints, reason: int, outcome: dict[str, npt.NDArray[Any]]
) -> None:
    book.journal.add(
        "invoice",
        subscription=book.subscription[i], customer=i, at=at, reason=np.full(len(i), reason),
        period_start=book.period_start[i], period_end=book.period_end[i],
        annual=book.annual[i], seats=book.seats[i], plan_price=book.base_price(i),
        insights_price=book.base_price(i, INSIGHTS), priority_price=book.base_price(i, PRIORITY),
        metered_price=book.base_price(i, API_CALLS),
        onboarding_price=book.prices.of(
            ONBOARDING, np.zeros_like(i), book.population.currency[i], np.zeros_like(i)
        ),
        insights=book.insights[i], priority=book.priority[i], metered=book.metered[i],
        proration=np.round(book.proration[i]).astype(np.int64), **outcome,
    )  # fmt: skip
    book.proration[i] = 0.0


def settle_dunning(book: Book, week: Week, streams: Streams) -> None:
    """Failed payments that a retry recovers, and those given up: the subscription ends."""
    due = book.in_dunning() & (book.phase == PAID) & week.holds(book.dunning_until)
    saved, lost = np.flatnonzero(due & book.recovers), np.flatnonzero(due & ~book.recovers)
    at = book.dunning_until[saved]
    book.dunning_since[saved] = book.dunning_until[saved] = NONE
    book.record(saved, at, ACTIVE)
    # A third is first marked unpaid and closed a month later; it has paid nothing since.
    unpaid = streams.of("unpaid", week.number).random(book.population.size) < 0.33
    at = book.dunning_until[lost]
    book.access_until[lost] = at - week.start
    marked = lost[unpaid[lost]]
    book.record(marked, book.dunning_until[marked], UNPAID)
    closes = np.where(unpaid[lost], at + 30 * DAY, at)
    book.end(lost, closes, np.full(len(lost), REASONS.index("payment_failure")))


def renew(book: Book, week: Week, streams: Streams) -> None:
    """Periods that end this week: leave as scheduled, or go on and be invoiced."""
    due = (book.phase == PAID) & week.holds(book.period_end)
    leaving, going = np.flatnonzero(due & book.leaving), np.flatnonzero(due & ~book.leaving)
    at = book.period_end[leaving]
    book.access_until[leaving] = at - week.start
    book.end(leaving, at, book.reason[leaving])
    book.next_period(going)
    at = book.period_start[going]
    paused = book.paused_at[going] >= 0
    book.record(going, at, ACTIVE)
    bill(book, going[~paused], at[~paused], 1, streams.of("bills", week.number))
