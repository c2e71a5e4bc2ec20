"""Which policy a batch is measured under: batch 0 the defaults, every other one drawn by its number.

A policy that differs is a dbt build of its own, so all companies of a batch share one.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from tests.oracle.policy import Policy

# Inside the data, at whose end nothing is left to come: `as_of` and how long after it was known.
DEFAULT = Policy(*map(datetime.fromisoformat, ("2025-04-17 12:00:00", "2025-04-18")))
INSTANTS = (
    "2025-04-17 12:00:00", "2025-04-01", "2025-03-30 22:00:00", "2025-01-01", "2024-12-31 23:00:00",
    "2024-11-03 05:00:00", "2024-10-26 22:15:00", "2024-07-01 00:00:01", "2024-02-29",
)  # fmt: skip
HOURS = (None, "09:00-17:00", "09:00-17:00", "00:00-24:00", "07:30-21:45", "00:00-05:00")
# A Monday after clocks changed, a leap day, a month's end and a Sunday.
HOLIDAYS = tuple(
    map(date.fromisoformat, ("2024-01-01", "2024-02-29", "2024-04-01", "2024-06-30", "2024-12-31", "2025-03-31"))
)  # fmt: skip
TIMEZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu")


def policy_of(number: int) -> Policy:
    """The policy of a batch: the same on every run."""
    if not number:
        return DEFAULT
    draw = Random(number)
    as_of = datetime.fromisoformat(draw.choice(INSTANTS))
    fx_policy = draw.choice(("dated", "dated", "constant", "at_start"))
    constant = draw.choice((date(2024, 1, 1), date(2024, 6, 17), date(2025, 3, 30)))
    told = Policy(
        as_of=as_of,
        known_at=as_of + draw.choice((timedelta(), timedelta(hours=12), timedelta(days=40))),
        timezone=draw.choice(TIMEZONES),
        reporting_currency=draw.choice(("USD", "USD", "EUR", "JPY", "KWD")),
        past_due_grace=timedelta(days=draw.choice((0, 7, 30, 30, 60))),
        reactivation_gap=timedelta(days=draw.choice((0, 0, 1, 14, 45))),
        discount_policy=draw.choice(("all_active", "all_active", "forever_only", "none")),
        pause_policy=draw.choice(("separate", "separate", "fold")),
        fx_policy=fx_policy,
        fx_constant_date=constant if fx_policy == "constant" else None,
        week_starts_on=draw.choice(("monday", "sunday", "saturday", "wednesday")),
        trailing_active_days=draw.choice((28, 28, 30)),
    )
    return replace(told, **_beside_revenue(Random(f"support and onboarding {number}")))


def _beside_revenue(draw: Random) -> dict[str, Any]:
    """Settings of the other domains, drawn apart so that those of revenue stay as they were."""
    first = "first_subscription"
    starts = (first, first, "account_created", "first_login", "kickoff")
    return {
        "onboarding_starts_at": draw.choice(starts),
        "support_business_hours": draw.choice(HOURS),
        "gross_margin_rate": draw.choice((None, None, None, 0.8, 0.675, 1, 0)),
        "customer_lifespan_months": draw.choice((None, None, 24, 18.5)),
        "holidays": tuple(sorted(draw.sample(HOLIDAYS, draw.choice((0, 2, 5))))),
    }
