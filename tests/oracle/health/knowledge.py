"""What a snapshot could know: rows that had landed by the end of its day and held before its midnight.

A snapshot is named by its day, at whose first midnight it looks back. What came with the first load of an
object is history, known all along. Of the versions of a thing that a snapshot knows the last one counts that
took effect before it; where none had, the first one says what there was.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from data_quality.contracts import load_contract
from tests.oracle.merges import members, tests_of
from tests.oracle.policy import Policy
from tests.oracle.raw_rows import Company, Known, Row, row_is_deleted

Thing = tuple[Any, ...]
ALWAYS = date(1900, 1, 1)


class Knowledge:
    """A company's rows, snapshot by snapshot."""

    def __init__(self, company: Company, policy: Policy) -> None:
        self.company = company
        self.policy = policy
        self.known = Known(company, policy.as_of, policy.known_at)
        self.tests = tests_of(self.known)
        self.there = {member for own in members(company, policy).values() for member in own}
        merges = [
            row for row in self.known.rows("crm_account_merges") if row["merged_at"] < policy.as_of
        ]
        self.survivor = {row["merged_customer_id"]: row["surviving_customer_id"] for row in merges}
        self._customers: dict[date, dict[str, str]] = {}
        self._histories: dict[str, dict[Thing, list[tuple[date, Row | None]]]] = {}

    def held(self, name: str, day: date) -> list[Row]:
        """The version of each thing that holds for the snapshot of a day."""
        found = []
        for steps in self.histories(name).values():
            row = [row for since, row in steps if since <= day][-1]
            if row is not None:
                found.append(row)
        return found

    def histories(self, name: str) -> dict[Thing, list[tuple[date, Row | None]]]:
        """What holds of each thing, from which day of a snapshot on; nothing where it is not known or gone."""
        if name not in self._histories:
            contract = load_contract(name)
            effective = contract.effective_at or (
                "merged_at" if "merged_at" in contract.column_names else None
            )
            rows = self.known.rows(name)
            first = min((row["_loaded_at"] for row in rows), default=None)
            things: dict[Thing, list[tuple[datetime, Row]]] = defaultdict(list)
            for row in rows:
                own = None if effective is None or row_is_deleted(row) else row[effective]
                key = tuple(row[column] for column in contract.key)
                things[key].append((own or row["_loaded_at"], row))
            self._histories[name] = {
                key: self._steps(versions, first) for key, versions in things.items()
            }
        return self._histories[name]

    def _steps(
        self, versions: Sequence[tuple[datetime, Row]], first: datetime | None
    ) -> list[tuple[date, Row | None]]:
        days = {ALWAYS}
        for since, row in versions:
            days |= {
                self.policy.day_of(since) + timedelta(days=1),
                self.policy.day_of(row["_loaded_at"]),
            }
        return [(day, self._at(versions, first, day)) for day in sorted(days)]

    def _at(
        self, versions: Sequence[tuple[datetime, Row]], first: datetime | None, day: date
    ) -> Row | None:
        """What holds of one thing; corrections of one instant came later."""
        at, night = self.policy.start_of(day), self.policy.start_of(day + timedelta(days=1))
        known = [
            (since, row)
            for since, row in versions
            if row["_loaded_at"] < night or row["_loaded_at"] == first
        ]
        if not known:
            return None
        oldest = min(since for since, _ in known)
        held = [(since, row) for since, row in known if since < at or since == oldest]
        last = max(since for since, _ in held)
        row = [row for since, row in held if since == last][-1]
        return None if row_is_deleted(row) else row

    def survivors(self, name: str, column: str, day: date) -> dict[str, str]:
        """Into whom each was merged last before a snapshot, as far as it knows."""
        merged = f"merged_{column}"
        rows = [row for row in self.held(name, day) if row["merged_at"] < self.policy.start_of(day)]
        return {
            row[merged]: row[f"surviving_{column}"]
            for row in sorted(rows, key=lambda row: row["merged_at"])
            if row[merged] != row[f"surviving_{column}"]
        }

    def current(self, customer: str) -> str:
        """Into whom a snapshot's customer is merged by the end of the run."""
        return f"{self.company.name}:{follow(customer.partition(':')[2], self.survivor)}"

    def customers(self, day: date) -> dict[str, str]:
        """Whom each billing customer stands for at a snapshot; test customers are nobody."""
        if day not in self._customers:
            survivor = self.survivors("crm_account_merges", "customer_id", day)
            self._customers[day] = {
                customer: f"{self.company.name}:{follow(customer, survivor)}"
                for customer in self.there
            }
        return self._customers[day]

    def of_customers(self, name: str, day: date) -> Iterator[tuple[str, Row]]:
        """Rows that a snapshot holds, with the customer that they name."""
        customers = self.customers(day)
        for row in self.held(name, day):
            if row["customer_id"] in customers:
                yield customers[row["customer_id"]], row


def follow(name: str, survivor: dict[str, str]) -> str:
    """The one that survives all merges."""
    while name in survivor:
        name = survivor[name]
    return name
