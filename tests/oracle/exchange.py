"""Exchange rates by day: of the rates that hold on a day the latest start wins.

Under the policy `constant` the rates of one day hold throughout. Under `at_start` each subscription
keeps the rate of its start, so that what is held never moves.
"""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction

from tests.oracle.policy import Policy
from tests.oracle.raw_rows import Company, Known


class Rates:
    """Rates into the reporting currency, which all companies of a build share."""

    def __init__(self, company: Company, policy: Policy) -> None:
        known = Known(company, policy.as_of, policy.known_at)
        key = ("from_currency_code", "to_currency_code", "valid_from_date")
        self.policy = policy
        self.rows = known.last("billing_exchange_rates", *key)
        self.cache: dict[tuple[str, datetime], Fraction] = {}

    def at(self, currency: str, instant: datetime) -> Fraction:
        """The rate of a currency at an instant.

        Raises:
            ValueError: No rate holds; companies are made so that one does.
        """
        key = (currency, instant)
        if key not in self.cache:
            self.cache[key] = self._at(currency, instant)
        return self.cache[key]

    def instants(self, currency: str) -> set[datetime]:
        """First midnights at which the rate of what is held may change."""
        return self._boundaries(currency) if self.policy.fx_policy == "dated" else set()

    def since(self, currency: str, instant: datetime) -> datetime | None:
        """Since when the rate has been in force that holds at an instant."""
        return max((at for at in self._boundaries(currency) if at <= instant), default=None)

    def _boundaries(self, currency: str) -> set[datetime]:
        days = [
            row[name]
            for row in self.rows
            if row["from_currency_code"] == currency
            and row["to_currency_code"] == self.policy.reporting_currency
            for name in ("valid_from_date", "valid_to_date")
        ]
        return {self.policy.start_of(day) for day in days if day}

    def _at(self, currency: str, instant: datetime) -> Fraction:
        if currency == self.policy.reporting_currency:
            return Fraction(1)
        day = self.policy.fx_constant_date or self.policy.day_of(instant)
        holding = [
            row
            for row in self.rows
            if row["from_currency_code"] == currency
            and row["to_currency_code"] == self.policy.reporting_currency
            and row["valid_from_date"] <= day
            and (row["valid_to_date"] is None or day < row["valid_to_date"])
        ]
        if not holding:
            raise ValueError(f"no rate of {currency} on {day}")
        return Fraction(max(holding, key=lambda row: row["valid_from_date"])["exchange_rate"])
