"""What the health card and the churn model read, a second time: each customer at each snapshot, from raw rows.

Nothing here knows of weights and ramps: what is made of the measures is `card.py`'s.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from math import log
from typing import Any

from tests.oracle.exchange import Rates
from tests.oracle.health.companies import Companies
from tests.oracle.health.contracts import Contracts
from tests.oracle.health.knowledge import Knowledge
from tests.oracle.health.labels import Labels
from tests.oracle.health.service import SOURCES, Service
from tests.oracle.health.use import Use
from tests.oracle.ledger import Ledger
from tests.oracle.policy import Policy
from tests.oracle.raw_rows import Company

WEEKS = 21
Key = tuple[str, date]
Measures = dict[Key, dict[str, Any]]


def weekly(policy: Policy) -> list[date]:
    """The weekly snapshots of a run, which end at the last midnight before its end."""
    return [policy.day_of(policy.as_of) - timedelta(weeks=weeks) for weeks in range(WEEKS)]


class Health:
    """The measures of one company."""

    def __init__(
        self, company: Company, ledgers: Sequence[Ledger], rates: Rates, policy: Policy
    ) -> None:
        self.policy = policy
        self.company = company
        self.knowledge = Knowledge(company, policy)
        self.contracts = Contracts(self.knowledge, ledgers, rates)
        self.use = Use(self.knowledge)
        self.companies = Companies(self.knowledge)
        self.labels = Labels(self.knowledge, ledgers)

    def card(self) -> Measures:
        """What the card reads, by customer and weekly snapshot."""
        return {
            (customer, day): told for day in weekly(self.policy) for customer, told in self.at(day)
        }

    def churn(self, months: Sequence[date]) -> Measures:
        """What the churn model learns from, by customer and month start."""
        return {
            (customer, day): {**told, **self.labels.label(customer, day)}
            for day in months
            if self.policy.start_of(day) <= self.policy.as_of
            for customer, told in self.at(day)
        }

    def at(self, day: date) -> Iterator[tuple[str, dict[str, Any]]]:
        """Each customer that pays at a snapshot, with what is measured of it."""
        paying = self.contracts.customers(day)
        if not paying:
            return
        service = Service(self.knowledge, day, self.use.people(day))
        fresh = {"usage": self.use.fresh_at(day)}
        fresh |= {source: service.fresh_at(source) for source in SOURCES}
        used = self.use.measures(day, paying)
        for customer, told in paying.items():
            change = told.pop("seat_change")
            yield customer, {
                **dict.fromkeys(MEASURES), **told, **used[customer],
                **service.measures(customer, told["seat_count"]),
                "seat_change_log_ratio": log(change) if change else None,
                **{f"{source}_fresh_at": at for source, at in fresh.items()},
                **{f"has_{source}_source": at is not None for source, at in fresh.items()},
                "has_subscriptions_source": True, "subscriptions_fresh_at": told["snapshot_at"],
                "source_id": self.company.name, **self.companies.at(customer, day),
            }  # fmt: skip


# Columns that are empty unless something is measured.
MEASURES = (
    "open_dunning_days", "weekly_events_per_seat_log", "usage_trend_log_ratio", "core_feature_rate",
    "active_seat_ratio", "last_nps_score", "mean_csat_score", "severe_ticket_ratio", "ticket_ratio",
    "failed_payment_count", "open_dunning_count", "mean_late_days", "active_user_trend_log_ratio",
    "milestone_rate", "early_use_log",
)  # fmt: skip
