"""Clicks on cancel: when a subscription is to end, as far as it is known at an instant."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from tests.oracle.calendar_periods import months_later
from tests.oracle.raw_rows import Row, Version, in_force, is_off

# Committed MRR leaves out what is scheduled to end within so many months.
COMMITTED_MONTHS = 12


@dataclass(frozen=True)
class Click:
    """The click on cancel: an event of its own, whatever becomes of the subscription."""

    subscription_id: str
    at: datetime
    day: date
    end: datetime | None
    reason: str | None


def told_end(row: Row) -> datetime | None:
    """The end that a subscription's version says to be scheduled, if it says one."""
    if row["cancel_at"]:
        return row["cancel_at"]  # type: ignore[no-any-return]
    return row["current_period_end_at"] if row["is_cancel_at_period_end"] else None


def scheduled_end(version: Version, item: Row) -> datetime | None:
    """When an item is scheduled to end, as its subscription's version and its own say.

    A subscription that is cancelled from a later instant on is scheduled to end then; an end that had
    come when it was told was not scheduled before. Newer billing keeps the end of the running period on
    the item.
    """
    row = version.row
    if row["status"] == "canceled" and row["ended_at"] and row["ended_at"] > version.since:
        return row["ended_at"]  # type: ignore[no-any-return]
    end = told_end(row)
    if end is None and row["is_cancel_at_period_end"]:
        return item["current_period_end_at"]  # type: ignore[no-any-return]
    return end


def is_committed(end: datetime | None, instant: datetime) -> bool:
    """Whether an item whose end is scheduled still counts as committed at an instant."""
    return end is None or instant < months_later(end, -COMMITTED_MONTHS)


def instants(history: Sequence[Version], items: Sequence[Version]) -> set[datetime]:
    """Every instant at which an item may stop to be committed."""
    columns = ("cancel_at", "current_period_end_at", "ended_at")
    ends = [version.row[name] for version in history for name in columns]
    ends += [version.row["current_period_end_at"] for version in items]
    return {months_later(end, -COMMITTED_MONTHS) for end in ends if end}


def clicks(
    history: Sequence[Version], items: Sequence[Sequence[Version]]
) -> Iterator[tuple[datetime, datetime | None, str | None]]:
    """When somebody clicked, the end that was scheduled then, and the reason given.

    Who changes a scheduled end has not clicked again; who takes it back and clicks later has.
    """
    was_scheduled = False
    for version in history:
        if version.is_gone:
            continue
        row = version.row
        is_scheduled = bool(row["cancel_at"] or row["is_cancel_at_period_end"])
        if is_scheduled and not was_scheduled:
            yield (
                row["canceled_at"] or version.since,
                told_end(row) or _end_of_items(items, version.since),
                row["cancellation_reason"],
            )
        was_scheduled = is_scheduled


def _end_of_items(items: Sequence[Sequence[Version]], instant: datetime) -> datetime | None:
    """The last end of a running period that any of a subscription's items has at an instant."""
    there = [
        history[in_force(history, instant)].row for history in items if not is_off(history, instant)
    ]
    ends = [row["current_period_end_at"] for row in there]
    return max((end for end in ends if end), default=None)
