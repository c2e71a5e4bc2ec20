"""What paying customers decide in a week: to leave, pause, switch plan, change seats or add-ons.

At most one of them a week. Who is at risk, and how likely each is to leave, comes from `risk`.
"""

from __future__ import annotations

import numpy as np

from orchestration.ingestion.simulation.book import (
    ACTIVE,
    PAID,
    REASONS,
    Book,
    Week,
)
from orchestration.ingestion.simulation.renewals import bill, bill_change
from orchestration.ingestion.simulation.streams import Streams
from orchestration.ingestion.simulation.timeline import DAY, HOUR, NONE, Bools, Floats, Ints

PAUSE_CHANCE = 0.0012
SWITCH_CHANCE: Floats = np.array([0.012, 0.007, 0.004, 0.0])
DOWNGRADE_CHANCE = 0.0008
TO_ANNUAL_CHANCE = 0.0004
ADD_ON_CHANCE, DROP_CHANCE = 0.0025, 0.0012
GROW_CHANCE, SHRINK_CHANCE = 0.125, 0.035
LEAST_USE = 0.42
"""Utilisation of seats below which some are taken off."""

SLACK_AFTER_CUT = 0.4
"""How far the seats that remain are better used, in units of the state `slack`."""

# Reasons given, in the order of latent.DRIVERS, and what others say.
_REASON_OF_DRIVER: Ints = np.array(
    [REASONS.index(r) for r in ("unused", "missing_features", "low_quality", "low_quality")]
    + [REASONS.index(r) for r in ("switched_service", "too_expensive", "unused")]
)
_OTHER_REASONS: Ints = np.array(
    [REASONS.index(r) for r in ("customer_request", "too_expensive", "business_closed")]
)


class Decisions:
    """The decisions of one week, taken one after the other by those still free to decide."""

    def __init__(self, book: Book, week: Week, streams: Streams) -> None:
        self.book, self.week = book, week
        n = book.population.size
        self._draw = streams.of("decisions", week.number).random((n, 9))
        self._streams = streams
        settled = (book.phase == PAID) & (book.started < week.start) & (book.first_paid_at >= 0)
        settled &= ~book.leaving & ~book.in_dunning() & (book.access_from == 0)
        settled &= (book.paused_at < 0) & (book.first_paid_at < week.start)
        self.free: Bools = settled
        # After a renewal in the same week, so that the order of events is plain.
        renewed = week.holds(book.period_start)
        earliest = np.where(renewed, book.period_start + 2 * HOUR, week.start + HOUR)
        share = streams.of("moments", week.number).random(n)
        self.moment: Ints = earliest + (share * (week.end - HOUR - earliest)).astype(np.int64)
        # A moment within the last two hours of a period would collide with its end.
        self.free &= (self.moment + 2 * HOUR < book.period_end) & (earliest < week.end - 2 * HOUR)

    def _take(self, wanted: Bools) -> Ints:
        """Those of the free who decide so; they decide nothing else this week."""
        chosen = np.flatnonzero(self.free & wanted)
        self.free[chosen] = False
        return chosen

    def leave(self, hazard: Floats, drivers: Floats) -> Ints:
        """Click on cancel: the subscription runs on to the end of its period."""
        book = self.book
        i = self._take(self._draw[:, 0] < hazard)
        top = drivers[i].argmax(axis=1)
        told = (drivers[i].max(axis=1) > 0.3) & (self._draw[i, 1] < 0.6)
        other = _OTHER_REASONS[(self._draw[i, 2] * len(_OTHER_REASONS)).astype(np.int64)]
        book.reason[i] = np.where(told, _REASON_OF_DRIVER[top], other)
        book.leaving[i], book.canceled_at[i] = True, self.moment[i]
        book.record(i, self.moment[i], ACTIVE)
        return i

    def pause(self) -> None:
        """Monthly customers may pause for one to four months."""
        book = self.book
        i = self._take((self._draw[:, 3] < PAUSE_CHANCE) & ~book.annual)
        length = ((30 + 90 * self._draw[i, 1]) * DAY).astype(np.int64)
        book.paused_at[i], book.resumes_at[i] = self.moment[i], self.moment[i] + length
        book.access_until[i] = self.moment[i] - self.week.start
        book.record(i, self.moment[i], ACTIVE)

    def switch(self, utilisation: Floats) -> None:
        """Upgrade when seats run out, downgrade when they idle, move to annual billing."""
        book, draw = self.book, self._draw
        room = np.array([5, 14, 45, 10**9])[book.plan]
        up = (book.seats > room) & (draw[:, 4] < SWITCH_CHANCE[book.plan] * 4)
        up |= (utilisation > 0.8) & (book.plan < 3) & (draw[:, 4] < SWITCH_CHANCE[book.plan] / 2)
        down = (book.plan > 0) & (utilisation < 0.5) & (draw[:, 4] > 1 - DOWNGRADE_CHANCE * 3)
        to_annual = ~book.annual & (draw[:, 5] < TO_ANNUAL_CHANCE) & ~up & ~down
        down &= ~book.annual
        i = self._take(up | down | to_annual)
        before = book.recurring(i)
        in_place = ~to_annual[i] & (draw[i, 6] < 0.6)
        same, other = i[in_place], i[~in_place]
        self._close_and_open(other, up, down, to_annual)
        book.plan[same] += up[same].astype(np.int64) - down[same]
        book.record_items(same, self.moment[same])
        self._prorate(same, before[in_place])

    def _close_and_open(self, i: Ints, up: Bools, down: Bools, to_annual: Bools) -> None:
        """End one subscription and start the next at the same instant."""
        book, at = self.book, self.moment[i]
        unused = (book.period_end[i] - at) / (book.period_end[i] - book.period_start[i])
        credit = -np.round(unused * book.recurring(i))
        book.end(i, at, np.full(len(i), REASONS.index("migration")))
        book.sequence[i] += 1
        book.plan[i] += up[i].astype(np.int64) - down[i]
        book.annual[i] |= to_annual[i]
        book.open_subscription(i, at, paid=True)
        book.proration[i] = np.maximum(credit, -book.recurring(i) * 0.7)
        book.record(i, at, ACTIVE)
        book.record_items(i, at)
        bill(book, i, at, 0, self._streams.of("switch_bills", self.week.number))

    def change_seats(self, utilisation: Floats) -> Ints:
        """Add seats when they run out; take some off when many idle. Says who cut."""
        book, draw = self.book, self._draw
        grow = (utilisation > 0.82) & (draw[:, 7] < GROW_CHANCE)
        shrink = (utilisation < LEAST_USE) & (draw[:, 7] < SHRINK_CHANCE)
        shrink &= (book.seats > 1) & ~book.annual
        i = self._take(grow | shrink)
        before = book.recurring(i)
        size = book.seats[i] * (0.05 + 0.15 * draw[i, 8])
        step = np.maximum(1, np.round(size)).astype(np.int64)
        book.seats[i] = np.maximum(1, book.seats[i] + np.where(grow[i], step, -step))
        book.record_items(i, self.moment[i])
        self._prorate(i, before)
        cut: Ints = i[shrink[i]]
        return cut

    def change_add_ons(self) -> None:
        """Take or drop Insights; drop or take priority support."""
        book, draw = self.book, self._draw
        take = ~book.insights & (draw[:, 8] < ADD_ON_CHANCE) & (book.plan > 0)
        drop = book.insights & (draw[:, 8] < DROP_CHANCE)
        support = (book.plan > 1) & (draw[:, 8] > 1 - DROP_CHANCE)
        i = self._take(take | drop | support)
        before = book.recurring(i)
        book.insights[i] = (book.insights[i] | take[i]) & ~drop[i]
        book.priority[i] ^= support[i]
        book.record_items(i, self.moment[i])
        self._prorate(i, before)

    def _prorate(self, i: Ints, before: Floats) -> None:
        """Monthly customers pay the difference on their next invoice, annual ones at once."""
        book = self.book
        at = self.moment[i]
        rest = (book.period_end[i] - at) / (book.period_end[i] - book.period_start[i])
        book.proration[i] += np.round((book.recurring(i) - before) * rest)
        yearly = i[book.annual[i]]
        bill_change(book, yearly, self.moment[yearly])


def resume(book: Book, week: Week) -> None:
    """Pauses that end this week."""
    due = (book.phase == PAID) & (book.paused_at >= 0) & week.holds(book.resumes_at)
    i = np.flatnonzero(due)
    at = book.resumes_at[i]
    # A moment that a renewal took as well is moved on by a second.
    at = np.where(at == book.period_start[i], at + 1, at)
    book.paused_at[i] = book.resumes_at[i] = NONE
    book.access_from[i], book.access_until[i] = at - week.start, week.end - week.start
    book.record(i, at, ACTIVE)
