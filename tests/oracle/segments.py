"""What a customer is at the start of a period: the value of each segment (section 1).

What MRR itself tells (plan, billing interval) is a balance, so it counts as it was just before; what
the CRM says from an instant on holds from that instant.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from functools import cache

from tests.oracle.billing import ItemMrr
from tests.oracle.ledger import Ledger
from tests.oracle.policy import Policy
from tests.oracle.raw_rows import Company, Known, Row, Version

NOTHING = "(none)"
CRM_COLUMNS = {
    "industry": "industry", "country": "country_code", "company_size": "company_size_band",
    "acquisition_channel": "acquisition_channel",
}  # fmt: skip
NAMES = ("plan", "billing_interval", *CRM_COLUMNS, "signup_cohort", "csm")
SIZES = {10: "1-9", 50: "10-49", 250: "50-249", 1000: "250-999"}


class Segments:
    """The segments of a company's customers."""

    def __init__(self, company: Company, policy: Policy) -> None:
        self.policy = policy
        known = Known(company, policy.as_of, policy.known_at)
        self.billing = known.last("billing_customers", "customer_id", effective="updated_at")
        self.accounts = known.versions("crm_accounts", "account_id", effective="updated_at")
        self.assignments = known.last("crm_csm_assignments", "customer_id", "assigned_at")

    def of(self, ledger: Ledger) -> Callable[[str, date | None], str]:
        """A customer's value of a segment at the start of a day, or at the run's end."""
        histories = self._accounts_of(ledger)
        history = histories[0] if histories else []
        billing = self._billing_country(ledger)
        assignments = [row for row in self.assignments if row["customer_id"] in ledger.members]

        @cache
        def value(name: str, opening: date | None) -> str:
            at = self.policy.start_of(opening) if opening else self.policy.as_of
            if name in {"plan", "billing_interval"}:
                item = ledger.before(at).main_item
                return (
                    (item.plan_name or NOTHING if name == "plan" else _interval(item))
                    if item
                    else NOTHING
                )
            if name == "signup_cohort":
                paid = ledger.first_paid()
                return self.policy.day_of(paid).strftime("%Y-%m") if paid else NOTHING
            until = at if opening and at < self.policy.as_of else self._end()
            if name == "csm":
                return _csm(assignments, until)
            told = _crm(history, CRM_COLUMNS[name], until)
            return told or (billing if name == "country" else None) or NOTHING

        return value

    def csm(self, ledger: Ledger, at: datetime | None) -> str:
        """Who looks after a customer at an instant, or at the run's end."""
        own = [row for row in self.assignments if row["customer_id"] in ledger.members]
        return _csm(own, at or self._end())

    def _end(self) -> datetime:
        """The last instant that is measured."""
        return self.policy.as_of - timedelta(microseconds=1)

    def _accounts_of(self, ledger: Ledger) -> list[Sequence[Version]]:
        """A customer's companies in the CRM: the surviving customer's first, then by identifier."""
        found = []
        for (account,), history in self.accounts.items():
            named = [
                version.row["customer_id"] for version in history if version.row["customer_id"]
            ]
            if named and named[-1] in ledger.members:
                found.append((_is_merged(ledger, named[-1]), account, history))
        return [history for _, _, history in sorted(found, key=lambda place: place[:2])]

    def _billing_country(self, ledger: Ledger) -> str | None:
        """Billing's country: the surviving customer's, else that of the highest identifier."""
        told = [
            (not _is_merged(ledger, row["customer_id"]), row["customer_id"], row["country_code"])
            for row in self.billing
            if row["customer_id"] in ledger.members and row["country_code"]
        ]
        return max(told)[2].upper() if told else None


def _is_merged(ledger: Ledger, customer: str) -> bool:
    return ledger.customer.partition(":")[2] != customer


def _interval(item: ItemMrr) -> str:
    count, unit = item.billing_interval_count, item.billing_interval
    return unit if count == 1 else f"{count} {unit}s"


def _crm(history: Sequence[Version], column: str, instant: datetime) -> str | None:
    """What the CRM says; an empty value says nothing, and what is known first has always held."""
    found: str | None = None
    for n, version in enumerate(history):
        if n and version.since > instant:
            break
        value = version.row[column]
        if column == "company_size_band" and value is None:
            value = _size(version.row["employee_count"])
        found = value if value is not None else found
    return found.upper() if found and column == "country_code" else found


def _size(employees: int | None) -> str | None:
    if employees is None:
        return None
    return next((band for below, band in SIZES.items() if employees < below), "1000+")


def _csm(assignments: Sequence[Row], instant: datetime) -> str:
    """Of the assignments in force the latest one; without an end it lasts until the next one."""
    begins = sorted({row["assigned_at"] for row in assignments})
    in_force = []
    for row in assignments:
        following = next((at for at in begins if at > row["assigned_at"]), None)
        end = row["unassigned_at"] or following
        if row["assigned_at"] <= instant and (end is None or instant < end):
            in_force.append(row)
    last = max((row["assigned_at"] for row in in_force), default=None)
    return min((row["csm_id"] for row in in_force if row["assigned_at"] == last), default=NOTHING)
