"""What a run is asked for: its instants, the timezone and the policy; and the reference lists.

The lists are the project's own reference data (statuses, reasons, intervals, minor units), not models.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from orchestration.settings import DBT_PROJECT_DIR

UTC = ZoneInfo("UTC")


def seed(name: str) -> list[dict[str, str]]:
    path = DBT_PROJECT_DIR / "seeds" / f"{name}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


INTERVAL_FACTORS = {
    row["billing_interval"]: Fraction(int(row["month_numerator"]), int(row["month_denominator"]))
    for row in seed("billing_intervals")
}
EXPONENTS = {row["currency_code"]: int(row["minor_unit_exponent"]) for row in seed("currencies")}
CHURN_TYPES = {
    row["cancellation_reason"]: row["churn_type"] for row in seed("cancellation_reasons")
}
STATES = {row["status"]: row["state"] for row in seed("subscription_statuses")}
# Which durations lower MRR under which discount policy.
DURATIONS = {
    "all_active": frozenset({"once", "repeating", "forever"}),
    "forever_only": frozenset({"forever"}),
    "none": frozenset[str](),
}
# What a setting is called in dbt.
VARIABLES = {
    "as_of": "as_of", "known_at": "known_at", "timezone": "reporting_timezone",
    "reporting_currency": "reporting_currency", "past_due_grace": "past_due_grace_days",
    "reactivation_gap": "reactivation_min_gap_days", "discount_policy": "discount_policy",
    "pause_policy": "pause_policy", "fx_policy": "fx_policy",
    "fx_constant_date": "fx_constant_date", "week_starts_on": "week_starts_on",
    "trailing_active_days": "trailing_active_days", "onboarding_starts_at": "onboarding_starts_at",
    "support_business_hours": "support_business_hours", "gross_margin_rate": "gross_margin_rate",
    "customer_lifespan_months": "customer_lifespan_months",
}  # fmt: skip


@dataclass(frozen=True)
class Policy:
    """The settings of one run."""

    as_of: datetime
    known_at: datetime
    timezone: str = "UTC"
    reporting_currency: str = "USD"
    past_due_grace: timedelta = timedelta(days=30)
    reactivation_gap: timedelta = timedelta()
    discount_policy: str = "all_active"
    pause_policy: str = "separate"
    fx_policy: str = "dated"
    fx_constant_date: date | None = None
    week_starts_on: str = "monday"
    trailing_active_days: int = 28
    onboarding_starts_at: str = "first_subscription"
    support_business_hours: str | None = None
    gross_margin_rate: float | None = None
    customer_lifespan_months: float | None = None
    # Days off of support: a list of the project, no setting.
    holidays: tuple[date, ...] = ()

    def variables(self) -> dict[str, object]:
        """The settings as dbt takes them; those of the project's default are left out.

        dbt parses the whole project anew for every other set of them.
        """
        return {
            name: told
            for field, name in VARIABLES.items()
            if (told := _told(getattr(self, field))) != _told(DEFAULTS.get(field))
        }

    def day_of(self, instant: datetime) -> date:
        """The day of an instant (UTC) in the reporting timezone."""
        return _day_of(instant, self.timezone)

    def start_of(self, day: date) -> datetime:
        """The instant (UTC) of a day's first midnight in the reporting timezone."""
        return _start_of(day, self.timezone)

    @property
    def last_day(self) -> date:
        """The last day of which anything is measured; `as_of` itself is exclusive."""
        return self.day_of(self.as_of - timedelta(microseconds=1))


DEFAULTS = {field.name: field.default for field in fields(Policy)}


def policy_told(as_of: datetime, variables: Mapping[str, Any]) -> Policy:
    """A policy of which a story tells what is not the default, in the words of dbt.

    Raises:
        KeyError: It tells of one that the oracle does not know.
    """
    names = {name: field for field, name in VARIABLES.items()}
    told = {names[name]: value for name, value in variables.items()}
    for field, value in told.items():
        if isinstance(DEFAULTS[field], timedelta):
            told[field] = timedelta(days=value)
    if "fx_constant_date" in told:
        told["fx_constant_date"] = date.fromisoformat(told["fx_constant_date"])
    return Policy(as_of, as_of, **told)


def _told(value: object) -> object:
    if isinstance(value, timedelta):
        return value.days
    return str(value) if isinstance(value, date) else value


@lru_cache(maxsize=100_000)
def _day_of(instant: datetime, timezone: str) -> date:
    return instant.replace(tzinfo=UTC).astimezone(ZoneInfo(timezone)).date()


@lru_cache(maxsize=100_000)
def _start_of(day: date, timezone: str) -> datetime:
    midnight = datetime.combine(day, time(), ZoneInfo(timezone))
    return midnight.astimezone(UTC).replace(tzinfo=None)
