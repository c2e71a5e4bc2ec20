"""Who the customers of the simulated company are: everything about them that time does not change.

Attributes are drawn once, each from its own stream. What happens to them belongs in `dynamics`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from orchestration.ingestion.simulation.streams import Streams
from orchestration.ingestion.simulation.timeline import DAY, HOUR, Bools, Floats, Ints, Timeline

INDUSTRIES = (
    "Software", "Retail", "Manufacturing", "Financial services", "Healthcare", "Education",
    "Media", "Logistics", "Nonprofit",
)  # fmt: skip
CHANNELS = ("organic_search", "paid_search", "referral", "partner", "outbound", "event")
REFERRAL = CHANNELS.index("referral")
# country, currency, region, hours ahead of UTC, tax, share
COUNTRIES = (
    ("US", 0, "Americas", -5, 0.0, 0.44),
    ("CA", 0, "Americas", -5, 0.05, 0.06),
    ("BR", 0, "Americas", -3, 0.0, 0.03),
    ("AU", 0, "Asia-Pacific", 10, 0.10, 0.05),
    ("DE", 1, "Europe", 1, 0.19, 0.10),
    ("FR", 1, "Europe", 1, 0.20, 0.07),
    ("NL", 1, "Europe", 1, 0.21, 0.04),
    ("GB", 2, "Europe", 0, 0.20, 0.11),
    ("JP", 3, "Asia-Pacific", 9, 0.10, 0.07),
    ("KW", 4, "Middle East", 3, 0.0, 0.03),
)
PLAN_SHARES = (0.47, 0.29, 0.17, 0.07)
MEDIAN_SEATS: Floats = np.array([3.0, 9.0, 24.0, 70.0])
ANNUAL_SHARES: Floats = np.array([0.12, 0.34, 0.56, 0.80])
FAR = 10_000 * DAY
"""A delay that is never over."""

TEST_CUSTOMER = 0
"""The company's own account, flagged as a test in every system that can."""


@dataclass(frozen=True)
class Population:
    """Arrays by customer, in order of arrival."""

    arrival: Ints
    on_trial: Bools
    plan: Ints
    annual: Bools
    seats: Ints
    country: Ints
    currency: Ints
    industry: Ints
    channel: Ints
    employees: Ints
    hours_ahead: Ints
    tax_rate: Floats
    fit: Floats
    payment_risk: Floats
    pays_by_invoice: Bools
    coupon: Ints
    buys_onboarding: Bools
    setup_after: Ints
    value_after: Ints

    @property
    def size(self) -> int:
        """Number of customers."""
        return len(self.arrival)

    @property
    def numbers(self) -> Ints:
        """0, 1, 2, …"""
        return np.arange(self.size, dtype=np.int64)


def populate(customers: int, timeline: Timeline, streams: Streams) -> Population:
    """Draw the customers who sign up between the start and the horizon."""
    n = customers

    def uniform(name: str) -> Floats:
        return streams.of(f"population.{name}").random(n)

    def normal(name: str) -> Floats:
        return streams.of(f"population.{name}").standard_normal(n)

    def choice(name: str, shares: Floats) -> Ints:
        edges = np.cumsum(shares)[:-1] / np.sum(shares)
        return np.searchsorted(edges, uniform(name), side="right").astype(np.int64)

    arrival = _arrivals(uniform("arrival"), uniform("hour"), timeline)
    plan = choice("plan", np.array(PLAN_SHARES))
    fit = normal("fit")
    seats = np.maximum(1, np.round(MEDIAN_SEATS[plan] * np.exp(0.45 * normal("seats"))))
    country = choice("country", np.array([c[5] for c in COUNTRIES]))
    annual = uniform("annual") < ANNUAL_SHARES[plan]
    on_trial = (uniform("trial") < np.array([0.75, 0.62, 0.40, 0.10])[plan]) & ~annual
    coupon = np.where(
        uniform("coupon") < 0.17, choice("coupon_kind", np.array([5, 4, 3, 2, 2])), -1
    )
    annual[TEST_CUSTOMER] = on_trial[TEST_CUSTOMER] = False
    arrival[TEST_CUSTOMER] = timeline.start + 9 * HOUR
    payment_risk = normal("payment_risk")
    payment_risk[TEST_CUSTOMER] = -9.0
    sets_up = uniform("sets_up") < 1 / (1 + np.exp(-(1.3 + 0.6 * fit)))
    reached = uniform("activates") < 1 / (1 + np.exp(-(0.05 + 0.8 * fit)))
    setup = np.exp(1.1 + 0.8 * normal("setup") - 0.15 * fit) * DAY
    value = setup + np.exp(1.6 + 1.0 * normal("value") - 0.25 * fit) * DAY
    tax = np.array([c[4] for c in COUNTRIES])[country]
    return Population(
        arrival=arrival,
        on_trial=on_trial,
        plan=plan,
        annual=annual,
        seats=seats.astype(np.int64),
        country=country,
        currency=np.array([c[1] for c in COUNTRIES])[country],
        industry=choice("industry", np.array([20, 14, 12, 10, 9, 8, 10, 9, 8.0])),
        channel=choice("channel", np.array([30, 20, 12, 12, 16, 10.0])),
        employees=np.ceil(seats * np.exp(0.9 + 0.8 * normal("employees"))).astype(np.int64),
        hours_ahead=np.array([c[3] for c in COUNTRIES])[country],
        tax_rate=np.where(uniform("tax_exempt") < 0.1, 0.0, tax),
        fit=fit,
        payment_risk=payment_risk,
        pays_by_invoice=uniform("by_invoice") < np.array([0.0, 0.03, 0.20, 0.60])[plan],
        coupon=coupon.astype(np.int64),
        buys_onboarding=uniform("onboarding") < np.array([0.0, 0.03, 0.20, 0.45])[plan],
        setup_after=np.where(sets_up, 0.1 * DAY + setup, FAR).astype(np.int64),
        value_after=np.where(sets_up & reached, value, FAR).astype(np.int64),
    )


def _arrivals(when: Floats, hour: Floats, timeline: Timeline) -> Ints:
    """Sign-ups get denser over the years: density 0.7 + 0.6 x over the span."""
    share = (-0.7 + np.sqrt(0.49 + 1.2 * when)) / 0.6
    days = (timeline.horizon_end - timeline.start) // DAY
    day = np.minimum((np.sort(share) * days).astype(np.int64), days - 1)
    # Between 6:00 and 21:00, to the second, in order within a day.
    return np.sort(timeline.start + day * DAY + ((6 + 15 * hour) * HOUR).astype(np.int64))
