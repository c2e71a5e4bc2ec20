"""The billing book: the state of each customer's subscription, and how changes are recorded.

Holds state and writes the journal. When something happens is decided by `signups`, `renewals` and
`decisions`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from orchestration.ingestion.simulation.catalogue import (
    API_CALLS,
    EXPONENTS,
    INSIGHTS,
    LOCAL_PER_USD,
    PRIORITY,
    PriceList,
)
from orchestration.ingestion.simulation.journal import Journal
from orchestration.ingestion.simulation.population import Population
from orchestration.ingestion.simulation.timeline import (
    NONE,
    WEEK,
    Bools,
    Floats,
    Ints,
    add_months,
)

NEVER, TRIAL, PAID, ENDED = range(4)
STATUSES = (
    "trialing", "active", "past_due", "unpaid", "incomplete", "incomplete_expired", "paused",
    "canceled",
)  # fmt: skip
TRIALING, ACTIVE, PAST_DUE, UNPAID, INCOMPLETE, INCOMPLETE_EXPIRED, PAUSED, CANCELED = range(8)
REASONS = (
    "customer_request", "payment_failure", "trial_ended", "too_expensive", "missing_features",
    "switched_service", "low_quality", "unused", "business_closed", "migration",
)  # fmt: skip
BILLING_REASONS = ("subscription_create", "subscription_cycle", "subscription_update")
MAX_SUBSCRIPTIONS = 64
"""A subscription's number is its customer's times this, plus its place in order."""


@dataclass(frozen=True)
class Week:
    """One step of the simulation: [start, end)."""

    number: int
    start: int
    end: int

    def holds(self, instants: Ints) -> Bools:
        """Which instants fall into the week."""
        inside: Bools = (instants >= self.start) & (instants < self.end)
        return inside


class Book:
    """Arrays by customer: the current subscription and the week's window of access."""

    def __init__(self, population: Population, prices: PriceList, new_prices_from: int) -> None:
        n = population.size
        self.population, self.prices, self.journal = population, prices, Journal()
        self._new_prices_from = new_prices_from

        def instants() -> Ints:
            return np.full(n, NONE, dtype=np.int64)

        self.phase: Ints = np.zeros(n, dtype=np.int64)
        self.sequence, self.period = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64)
        self.started, self.trial_start, self.trial_end = instants(), instants(), instants()
        self.anchor, self.period_start, self.period_end = instants(), instants(), instants()
        self.canceled_at, self.paused_at, self.resumes_at = instants(), instants(), instants()
        self.ended_at, self.dunning_since, self.dunning_until = instants(), instants(), instants()
        self.first_paid_at = instants()
        self.leaving, self.recovers = np.zeros(n, dtype=bool), np.zeros(n, dtype=bool)
        self.reason: Ints = np.full(n, -1, dtype=np.int64)
        self.plan, self.annual = population.plan.copy(), population.annual.copy()
        self.seats, self.generation = population.seats.copy(), np.zeros(n, dtype=np.int64)
        self.insights, self.priority = np.zeros(n, dtype=bool), np.zeros(n, dtype=bool)
        self.metered = np.zeros(n, dtype=bool)
        self.proration: Floats = np.zeros(n)
        """Unbilled amount, in minor units, of changes inside the running period."""
        self.failed: Bools = np.zeros(n, dtype=bool)
        """Whose payment failed this week."""
        self.access_from, self.access_until = np.zeros(n, np.int64), np.zeros(n, np.int64)

    def open_week(self) -> None:
        """Start a week: who has access has it for the whole week until something happens."""
        self.failed[:] = False
        running = ((self.phase == TRIAL) | (self.phase == PAID)) & (self.paused_at < 0)
        self.access_from = np.where(running, 0, WEEK)
        self.access_until = np.where(running, WEEK, 0)

    @property
    def subscription(self) -> Ints:
        """Number of each customer's current subscription."""
        numbers: Ints = self.population.numbers * MAX_SUBSCRIPTIONS + self.sequence
        return numbers

    def in_dunning(self) -> Bools:
        """Whose last invoice is open after a failed payment."""
        return self.dunning_since >= 0

    def base_price(self, i: Ints, product: Ints | int | None = None) -> Ints:
        """Number of the price of the plan (or of another product) of customers."""
        chosen = self.plan[i] if product is None else product
        term = self.annual[i].astype(np.int64)
        return self.prices.of(chosen, term, self.population.currency[i], self.generation[i])

    def recurring(self, i: Ints) -> Floats:
        """What customers pay for one billing period, in minor units, before discounts."""
        one, seats = np.ones(len(i), dtype=np.int64), self.seats[i]
        charge = self.prices.charge
        plan = charge(self.base_price(i), seats)
        insights = np.where(self.insights[i], charge(self.base_price(i, INSIGHTS), seats), 0)
        priority = np.where(self.priority[i], charge(self.base_price(i, PRIORITY), one), 0)
        return np.round(plan) + np.round(insights) + np.round(priority)

    def monthly_usd(self) -> Floats:
        """List-price MRR in USD of everyone who pays now."""
        i = self.population.numbers
        currency = self.population.currency
        local = self.recurring(i) / 10.0 ** EXPONENTS[currency] / LOCAL_PER_USD[currency]
        paying = (self.phase == PAID) & (self.paused_at < 0)
        return np.where(paying, local / np.where(self.annual, 12, 1), 0.0)

    def open_subscription(self, i: Ints, at: Ints, *, paid: bool) -> None:
        """Start a new subscription for customers: a trial, or a paid one."""
        self.phase[i] = PAID if paid else TRIAL
        self.started[i] = at
        self.anchor[i], self.period[i], self.period_start[i] = at, 0, at
        self.generation[i] = (at >= self._new_prices_from).astype(np.int64)
        for column in (self.canceled_at, self.ended_at, self.paused_at, self.resumes_at):
            column[i] = NONE
        self.dunning_since[i] = self.dunning_until[i] = NONE
        self.leaving[i], self.reason[i], self.proration[i] = False, -1, 0.0
        if paid:
            self.trial_start[i] = self.trial_end[i] = NONE
            self.period_end[i] = self._period_end(i, 1)
            self.first_paid_at[i] = np.where(self.first_paid_at[i] < 0, at, self.first_paid_at[i])

    def next_period(self, i: Ints) -> None:
        """Move customers to their next billing period."""
        self.period[i] += 1
        self.period_start[i] = self.period_end[i]
        self.period_end[i] = self._period_end(i, self.period[i] + 1)

    def _period_end(self, i: Ints, periods: Ints | int) -> Ints:
        return add_months(self.anchor[i], periods * np.where(self.annual[i], 12, 1))

    def end(self, i: Ints, at: Ints, reason: Ints) -> None:
        """End subscriptions for good."""
        self.phase[i], self.ended_at[i], self.reason[i] = ENDED, at, reason
        self.canceled_at[i] = np.where(self.canceled_at[i] < 0, at, self.canceled_at[i])
        self.leaving[i] = False
        self.dunning_since[i] = self.dunning_until[i] = NONE
        self.record(i, at, CANCELED)

    def record(self, i: Ints, at: Ints, status: int) -> None:
        """Write a version of subscriptions as they now stand."""
        self.journal.add(
            "subscription",
            subscription=self.subscription[i], customer=i, at=at,
            status=np.full(len(i), status), started=self.started[i],
            trial_start=self.trial_start[i], trial_end=self.trial_end[i],
            period_start=self.period_start[i], period_end=self.period_end[i],
            leaving=self.leaving[i], canceled_at=self.canceled_at[i], ended_at=self.ended_at[i],
            reason=self.reason[i], paused_at=self.paused_at[i], resumes_at=self.resumes_at[i],
        )  # fmt: skip

    def record_items(self, i: Ints, at: Ints) -> None:
        """Write what subscriptions now consist of."""
        self.journal.add(
            "items",
            subscription=self.subscription[i], customer=i, at=at, seats=self.seats[i],
            plan_price=self.base_price(i), insights_price=self.base_price(i, INSIGHTS),
            priority_price=self.base_price(i, PRIORITY), metered_price=self.base_price(i, API_CALLS),
            insights=self.insights[i], priority=self.priority[i], metered=self.metered[i],
        )  # fmt: skip
