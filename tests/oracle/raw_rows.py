"""What is known of a company: raw rows as they landed, and the versions that follow from them.

Rows are dicts with the contract's columns and `_loaded_at`, `_operation`. Of rows for one thing and
one effective instant the last landed counts; a `delete` takes effect when it landed. What takes effect
at the end of what is measured or later is not known yet.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Row = dict[str, Any]
# Instants are naive UTC, as in the warehouse.
LONG_AGO = datetime.fromisoformat("0001-01-01")


@dataclass(frozen=True)
class Company:
    """The raw rows of one source, by raw object."""

    name: str
    rows: dict[str, list[Row]] = field(default_factory=dict)


@dataclass(frozen=True)
class Version:
    """A row that holds from an instant until the next version of the same thing."""

    since: datetime
    row: Row

    @property
    def is_gone(self) -> bool:
        return row_is_deleted(self.row) or bool(self.row.get("is_removed"))


def row_is_deleted(row: Row) -> bool:
    return bool(row["_operation"] == "delete")


class Known:
    """A company's rows as a run knows them."""

    def __init__(self, company: Company, as_of: datetime, known_at: datetime) -> None:
        self.company = company
        self.as_of = as_of
        self.known_at = known_at

    def rows(self, name: str) -> list[Row]:
        """Rows of an object that had landed, first landed first."""
        rows = [
            row for row in self.company.rows.get(name, []) if row["_loaded_at"] <= self.known_at
        ]
        return sorted(rows, key=lambda row: row["_loaded_at"])

    def versions(
        self, name: str, *key: str, effective: str | None = None
    ) -> dict[tuple[Any, ...], list[Version]]:
        """The versions of each thing in the order in which they hold.

        Where an object has no instants of its own a version holds from its landing, and the first one
        is known however late it landed.
        """
        found: dict[tuple[Any, ...], dict[datetime, Row]] = defaultdict(dict)
        for row in self.rows(name):
            own = None if effective is None or row_is_deleted(row) else row[effective]
            found[tuple(row[column] for column in key)][own or row["_loaded_at"]] = row
        histories = {
            thing: [Version(since, row) for since, row in sorted(by_instant.items())]
            for thing, by_instant in found.items()
        }
        visible = {
            thing: [
                version
                for n, version in enumerate(history)
                if version.since < self.as_of
                or (n == 0 and not (effective and version.row[effective]))
            ]
            for thing, history in histories.items()
        }
        return {thing: history for thing, history in visible.items() if history}

    def last(self, name: str, *key: str, effective: str | None = None) -> list[Row]:
        """The last version of each thing, without those that were deleted."""
        histories = self.versions(name, *key, effective=effective).values()
        return [history[-1].row for history in histories if not row_is_deleted(history[-1].row)]

    def last_told(self, name: str, *key: str) -> list[Row]:
        """The last version of each thing that was not deleted; `_vanished_at` tells since when it is gone."""
        told = []
        for history in self.versions(name, *key).values():
            there = [n for n, version in enumerate(history) if not row_is_deleted(version.row)]
            if there:
                gone = history[there[-1] + 1 :]
                row = history[there[-1]].row
                told.append({**row, "_vanished_at": gone[0].since if gone else None})
        return told


def in_force(history: Sequence[Version], instant: datetime) -> int:
    """The place of the version that holds at an instant; the first one reaches back without limit."""
    return max((n for n, version in enumerate(history) if version.since <= instant), default=0)


def is_off(history: Sequence[Version], instant: datetime) -> bool:
    """Whether an item is not there: not yet created, removed or vanished."""
    created = history[0].row["created_at"]
    is_gone = history[in_force(history, instant)].is_gone
    return is_gone or (created is not None and instant < created)
