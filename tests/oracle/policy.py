"""What a run is asked for: its instants and the reporting timezone, and the reference lists.

The lists are the project's own reference data (statuses, reasons, intervals, minor units), not models.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from orchestration.settings import DBT_PROJECT_DIR


def _seed(name: str) -> list[dict[str, str]]:
    path = DBT_PROJECT_DIR / "seeds" / f"{name}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


INTERVAL_FACTORS = {
    row["billing_interval"]: Fraction(int(row["month_numerator"]), int(row["month_denominator"]))
    for row in _seed("billing_intervals")
}
EXPONENTS = {row["currency_code"]: int(row["minor_unit_exponent"]) for row in _seed("currencies")}
CHURN_TYPES = {
    row["cancellation_reason"]: row["churn_type"] for row in _seed("cancellation_reasons")
}
STATES = {row["status"]: row["state"] for row in _seed("subscription_statuses")}


@dataclass(frozen=True)
class Policy:
    """The settings of one run."""

    as_of: datetime
    known_at: datetime
    timezone: str = "UTC"
    reporting_currency: str = "USD"
    past_due_grace: timedelta = timedelta(days=30)

    def variables(self) -> dict[str, object]:
        """The same settings as dbt takes them."""
        return {
            "as_of": str(self.as_of),
            "known_at": str(self.known_at),
            "reporting_timezone": self.timezone,
        }

    def day_of(self, instant: datetime) -> date:
        """The day of an instant (UTC) in the reporting timezone."""
        return instant.replace(tzinfo=ZoneInfo("UTC")).astimezone(ZoneInfo(self.timezone)).date()

    def start_of(self, day: date) -> datetime:
        """The instant (UTC) of a day's first midnight in the reporting timezone."""
        midnight = datetime.combine(day, time(), ZoneInfo(self.timezone))
        return midnight.astimezone(ZoneInfo("UTC")).replace(tzinfo=None)
