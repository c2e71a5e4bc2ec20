"""What a subscription is at an instant: paying, trial, paused, or nothing and why.

Section 2's status table, asked for one instant at a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

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
    return (
        _end(history, place, instant)
        or _trial_before(history, place, instant)
        or _running(history, place, instant, grace)
    )


def instants_of(history: Sequence[Version], grace: timedelta) -> set[datetime]:
    """Every instant at which a subscription's state may change."""
    columns = (
        "start_at", "trial_end_at", "ended_at", "collection_paused_at", "collection_resumes_at",
    )  # fmt: skip
    found = {version.since for version in history}
    told = [version.row[name] for version in history for name in columns]
    found |= {instant for instant in told if instant}
    return found | {instant + grace for instant in found}


def telling_place(history: Sequence[Version], instant: datetime) -> int:
    """Which version tells of collection and of a scheduled end.

    A trial that is over takes them of what follows it.
    """
    place = in_force(history, instant)
    return max(place, _status_place(history, place, instant))


@dataclass(frozen=True)
class Ending:
    """An end of which versions up to `last` speak."""

    last: int
    at: datetime
    reason: str | None


def _endings(history: Sequence[Version]) -> list[Ending]:
    """The ends of a subscription; of one end the last word counts, until the subscription runs on."""
    found = []
    for ends, numbered in groupby(enumerate(history), lambda entry: _is_ending(entry[1])):
        run = list(numbered)
        if not ends:
            continue
        first, version = run[0]
        rows = [version.row for _, version in run]
        told = [row["ended_at"] for row in rows if row["ended_at"]]
        at = told[-1] if told else version.since if first else version.row["start_at"]
        at = min([at, *(version.since for _, version in run if version.is_gone)])
        reasons = [row["cancellation_reason"] for row in rows if row["cancellation_reason"]]
        found.append(Ending(run[-1][0], at, reasons[-1] if reasons else None))
    return found


def _is_ending(version: Version) -> bool:
    over = version.row["status"] in {"canceled", "incomplete_expired"}
    return bool(version.is_gone or over or version.row["ended_at"])


def _end(history: Sequence[Version], place: int, instant: datetime) -> State | None:
    """How a subscription had ended, whether that was told in time or later."""
    if history[place].is_gone:
        return State(None, history[place].row["cancellation_reason"])
    over = [end for end in _endings(history) if place <= end.last and end.at <= instant]
    return State(None, min(over, key=lambda end: end.at).reason) if over else None


def _trial_before(history: Sequence[Version], place: int, instant: datetime) -> State | None:
    """The trial of which the first version tells, though it is over by then."""
    row, end = history[0].row, history[0].row["trial_end_at"]
    is_later = row["status"] in {"active", "past_due", "unpaid", "paused"}
    if place or not end or instant >= end:
        return None
    if row["status"] == "canceled" or (is_later and end <= history[0].since):
        return _paused(row, instant, State("trial"))
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
    """Since when a status has held without a break; a click on cancel is none."""
    since = history[place].since
    for n in range(place - 1, -1, -1):
        if history[n].row["status"] == status:
            since = history[n].since
        elif history[n].row["status"] != "canceled" or _told_end(history, n) <= history[n].since:
            break
    return since


def _told_end(history: Sequence[Version], place: int) -> datetime:
    """The end of which a version speaks, as it was told last."""
    return next(end.at for end in _endings(history) if place <= end.last)


def _paused(row: Row, instant: datetime, found: State) -> State:
    paused, resumes = row["collection_paused_at"], row["collection_resumes_at"]
    is_paused = paused and paused <= instant and not (resumes and resumes <= instant)
    return State("paused") if found.name and is_paused else found
