"""What a subscription is at an instant: paying, trial, paused, or nothing and why.

Section 2's status table, asked for one instant at a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.oracle.policy import STATES
from tests.oracle.raw_rows import Row, Version, in_force


@dataclass(frozen=True)
class State:
    """A state that the marts publish, or none and the reason why the subscription ended."""

    name: str | None
    reason: str | None = None


NOTHING = State(None)


def state_at(history: Sequence[Version], instant: datetime, grace: timedelta) -> State:
    """The state of a subscription at an instant."""
    place = in_force(history, instant)
    if instant < history[place].row["start_at"]:
        return NOTHING
    return _end(history, place, instant) or _running(history, place, instant, grace)


def instants_of(history: Sequence[Version], grace: timedelta) -> set[datetime]:
    """Every instant at which a subscription's state may change."""
    columns = (
        "start_at", "trial_end_at", "ended_at", "collection_paused_at", "collection_resumes_at",
    )  # fmt: skip
    found = {version.since for version in history}
    told = [version.row[name] for version in history for name in columns]
    found |= {instant for instant in told if instant}
    return found | {instant + grace for instant in found}


def _end(history: Sequence[Version], place: int, instant: datetime) -> State | None:
    """How a subscription had ended, whether that was told in time or later."""
    row = history[place].row
    if history[place].is_gone or (row["status"] == "canceled" and not row["ended_at"]):
        return State(None, row["cancellation_reason"])
    for n, version in enumerate(history):
        if version.row["status"] != "canceled" or version.is_gone:
            continue
        end = version.row["ended_at"]
        is_undone = any(later.row["status"] != "canceled" for later in history[n + 1 : place + 1])
        if end and end <= instant and not is_undone:
            return State(None, version.row["cancellation_reason"])
    return None


def _running(history: Sequence[Version], place: int, instant: datetime, grace: timedelta) -> State:
    """The state of a subscription that has not ended."""
    counted = _status_place(history, place, instant)
    row = history[counted].row
    status = row["status"]
    found = State(STATES[status])
    if status == "canceled":
        # Never known as anything else; or it is what came of a trial that is over.
        found = NOTHING if counted else State("paying")
    elif status == "trialing" and row["trial_end_at"] and row["trial_end_at"] <= instant:
        found = NOTHING
    elif status == "past_due" and instant >= _since(history, counted, status) + grace:
        found = State(None, "payment_failure")
    elif found.name == "none":
        found = State(None, "unpaid" if status == "unpaid" else None)
    # A trial that is over takes the collection of what follows it as well.
    return _paused(history[max(place, counted)].row, instant, found)


def _status_place(history: Sequence[Version], place: int, instant: datetime) -> int:
    """Which version's status counts.

    A trial that is over counts as what billing says next, however late; a cancellation whose end is
    still to come counts as what the subscription was before.
    """
    while place and history[place].row["status"] == "canceled":
        place -= 1
    while place + 1 < len(history):
        row = history[place].row
        if row["status"] != "trialing" or not row["trial_end_at"] or row["trial_end_at"] > instant:
            break
        place += 1
    return place


def _since(history: Sequence[Version], place: int, status: str) -> datetime:
    """Since when a status has held without a break."""
    while place and history[place - 1].row["status"] == status:
        place -= 1
    return history[place].since


def _paused(row: Row, instant: datetime, found: State) -> State:
    paused, resumes = row["collection_paused_at"], row["collection_resumes_at"]
    is_paused = paused and paused <= instant and not (resumes and resumes <= instant)
    return State("paused") if found.name and is_paused else found
