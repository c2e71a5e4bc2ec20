"""What a customer said, asked, owes and was led through at a snapshot."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from fractions import Fraction
from math import sqrt
from typing import Any

from tests.oracle.amounts import rounded_to
from tests.oracle.health.knowledge import Knowledge
from tests.oracle.health.labels import FOREVER
from tests.oracle.health.use import People
from tests.oracle.policy import seed
from tests.oracle.raw_rows import Row
from tests.oracle.support import SEVERE

THIRTEEN_WEEKS, HALF_A_YEAR, A_YEAR = (timedelta(weeks=weeks) for weeks in (13, 26, 52))
SCALES = {row["scale_code"]: row for row in seed("survey_scales")}
MILESTONES = ("kickoff_at", "setup_completed_at", "completed_at")
# What tells that anything has arrived from a source, and when it happened.
SOURCES = {
    "survey": ("survey_responses", "responded_at"), "support": ("support_tickets", "created_at"),
    "payments": ("billing_payments", "attempted_at"), "invoices": ("billing_invoices", "issued_at"),
    "onboarding": ("crm_onboarding_projects", "created_at"),
}  # fmt: skip


class Service:
    """The dealings of one company's customers at one snapshot."""

    def __init__(self, knowledge: Knowledge, day: date, people: People) -> None:
        self.knowledge = knowledge
        self.policy = knowledge.policy
        self.day = day
        self.at = self.policy.start_of(day)
        self.people = people
        self.customers = knowledge.customers(day)
        self.measured = {
            "survey": self._sentiment(), "support": self._support(), "payments": self._payments(),
            "invoices": self._invoices(), "onboarding": self._onboarding(),
        }  # fmt: skip

    def fresh_at(self, source: str) -> datetime | None:
        """The last thing of a source before a snapshot."""
        name, column = SOURCES[source]
        rows = self.knowledge.held(name, self.day)
        told = [row[column] for row in rows if self.policy.day_of(row[column]) < self.day]
        return max(told, default=None)

    def measures(self, customer: str, seats: Fraction) -> dict[str, Any]:
        """What is measured of a customer; nothing of sources from which nothing has arrived."""
        found: dict[str, Any] = {}
        for source, measure in self.measured.items():
            if self.fresh_at(source):
                found |= measure(customer)
        for name in ("severe_ticket", "ticket"):
            if f"{name}_count" in found:
                found[f"{name}_ratio"] = found.pop(f"{name}_count") / sqrt(seats)
        return found

    def _within(self, at: datetime, window: timedelta) -> bool:
        return self.at - window <= at < self.at

    def _of(self, row: Row) -> str | None:
        """The customer that a row names, else its user's; nobody's where it is our own staff's."""
        user = row["user_id"]
        if user and self.people.is_internal(user):
            return None
        return self.customers.get(row["customer_id"] or self.people.customer(user))

    def _sentiment(self) -> Callable[[str], dict[str, Any]]:
        definitions = {
            row["survey_id"]: row
            for row in self.knowledge.known.last("survey_definitions", "survey_id")
        }
        answers: list[tuple[str, str, Row, Fraction]] = []
        for row in self.knowledge.held("survey_responses", self.day):
            survey, customer = definitions.get(row["survey_id"]), self._of(row)
            if not survey or not customer or not self._within(row["responded_at"], A_YEAR):
                continue
            scale = SCALES[survey["scale_code"]]
            low, high = Fraction(scale["minimum_score"]), Fraction(scale["maximum_score"])
            if row["score"] is not None and low <= row["score"] <= high:
                stretched = 1 + 4 * (Fraction(row["score"]) - low) / (high - low)
                answers.append((customer, survey["survey_type"], row, rounded_to(stretched, 6)))

        def measured(customer: str) -> dict[str, Any]:
            nps = [row for own, kind, row, _ in answers if own == customer and kind == "nps"]
            csat = [
                stretched
                for own, kind, row, stretched in answers
                if own == customer
                and kind == "csat"
                and self._within(row["responded_at"], HALF_A_YEAR)
            ]
            last = max(
                nps, key=lambda row: (row["responded_at"], row["survey_response_id"]), default=None
            )
            return {
                "last_nps_score": last["score"] if last else None,
                "mean_csat_score": sum(csat) / len(csat) if csat else None,
            }

        return measured

    def _support(self) -> Callable[[str], dict[str, Any]]:
        tickets = [
            (self._of(row), row["priority"] in SEVERE)
            for row in self.knowledge.held("support_tickets", self.day)
            if self._within(row["created_at"], THIRTEEN_WEEKS)
        ]
        return lambda customer: {
            "severe_ticket_count": sum(own == customer and severe for own, severe in tickets),
            "ticket_count": sum(own == customer for own, _ in tickets),
        }

    def _payments(self) -> Callable[[str], dict[str, Any]]:
        failed = [
            customer
            for customer, row in self.knowledge.of_customers("billing_payments", self.day)
            if row["status"] == "failed" and self._within(row["attempted_at"], THIRTEEN_WEEKS)
        ]
        return lambda customer: {"failed_payment_count": failed.count(customer)}

    def _invoices(self) -> Callable[[str], dict[str, Any]]:
        invoices = list(self._billed())

        def measured(customer: str) -> dict[str, Any]:
            own = [row for payer, row in invoices if payer == customer]
            open_days = [days for row in own if (days := self._dunned_days(row)) is not None]
            late = [
                max(0, (self.policy.day_of(min(_settled(row), self.at)) - self.policy.day_of(row["due_at"])).days)
                for row in own
                if row["due_at"] and self._within(row["due_at"], THIRTEEN_WEEKS)
            ]  # fmt: skip
            return {
                "open_dunning_count": len(open_days),
                "open_dunning_days": max(open_days, default=None),
                "mean_late_days": Fraction(sum(late), len(late)) if late else None,
            }

        return measured

    def _billed(self) -> Iterator[tuple[str, Row]]:
        """Invoices of half a year that ask for money; not those that were settled nobody knows when."""
        for customer, row in self.knowledge.of_customers("billing_invoices", self.day):
            settled = {"paid": row["paid_at"], "void": row["voided_at"]}
            if (
                row["status"] != "draft"
                and settled.get(row["status"], True)
                and row["total_amount_minor"] > 0
                and self._within(row["issued_at"], HALF_A_YEAR)
            ):
                yield customer, row

    def _dunned_days(self, row: Row) -> int | None:
        """Days since an invoice that is not settled fell due or a payment of it failed."""
        failed = [
            payment["attempted_at"]
            for payment in self.knowledge.held("billing_payments", self.day)
            if payment["invoice_id"] == row["invoice_id"]
            and payment["status"] == "failed"
            and payment["attempted_at"] < self.at
        ]
        opened = min([*failed, *([row["due_at"]] if row["due_at"] else [])], default=FOREVER)
        if opened >= self.at or _settled(row) < self.at:
            return None
        return (self.day - self.policy.day_of(opened)).days

    def _onboarding(self) -> Callable[[str], dict[str, Any]]:
        projects = [
            (customer, row)
            for customer, row in self.knowledge.of_customers("crm_onboarding_projects", self.day)
            if row["created_at"] < self.at
        ]

        def measured(customer: str) -> dict[str, Any]:
            last = max(
                (row for own, row in projects if own == customer),
                key=lambda row: (row["created_at"], row["onboarding_project_id"]),
                default=None,
            )
            reached = [last[name] for name in MILESTONES if last[name]] if last else []
            count = sum(at < self.at for at in reached)
            return {"milestone_rate": Fraction(count, len(MILESTONES)) if last else None}

        return measured


def _settled(row: Row) -> datetime:
    return min(at for at in (row["paid_at"], row["voided_at"], FOREVER) if at)
