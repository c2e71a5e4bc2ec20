"""Which policy a batch is measured under: batch 0 the defaults, every other one drawn by its number.

A policy that differs is a dbt build of its own, so all companies of a batch share one.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from random import Random

from tests.oracle.policy import Policy

# Inside the data, at whose end nothing is left to come: `as_of` and how long after it was known.
DEFAULT = Policy(*map(datetime.fromisoformat, ("2025-04-17 12:00:00", "2025-04-18")))
INSTANTS = (
    "2025-04-17 12:00:00", "2025-04-01", "2025-03-30 22:00:00", "2025-01-01", "2024-12-31 23:00:00",
    "2024-11-03 05:00:00", "2024-10-26 22:15:00", "2024-07-01 00:00:01", "2024-02-29",
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
    return Policy(
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
