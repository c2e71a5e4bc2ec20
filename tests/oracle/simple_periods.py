"""Subscriptions that billing tells as simple periods: a plan, an amount, a start and an end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from tests.oracle.policy import STATES
from tests.oracle.raw_rows import Row
from tests.oracle.subscription_state import State


def states(own: Sequence[Row], instant: datetime, grace: timedelta) -> Iterator[tuple[Row, State]]:
    """Periods of a customer that have begun, with their state; one of a subscription runs at most."""
    ended: dict[str, str | None] = {}
    for row in sorted(own, key=lambda row: row["start_at"]):
        if row["start_at"] > instant:
            continue
        status = row["status"] or "active"
        reason = ended.get(row["subscription_id"])
        ended[row["subscription_id"]] = row["cancellation_reason"]
        if row["end_at"] and row["end_at"] <= instant:
            yield row, State(None, row["cancellation_reason"])
        elif status == "past_due" and instant >= _past_due_since(own, row) + grace:
            yield row, State(None, "payment_failure")
        elif STATES[status] == "none":
            yield row, State(None, "unpaid" if status == "unpaid" else reason)
        else:
            yield row, State(STATES[status], reason)


def instants(own: Sequence[Row], grace: timedelta) -> set[datetime]:
    """Every instant at which `states` may give something else than just before."""
    found: set[datetime] = set()
    for row in own:
        found |= {row["start_at"], row["start_at"] + grace, row["end_at"] or row["start_at"]}
    return found


def _past_due_since(own: Sequence[Row], row: Row) -> datetime:
    """When the unbroken run of past due periods began that a period is in."""
    for before in own:
        is_before = (
            before["subscription_id"] == row["subscription_id"]
            and before["end_at"] == row["start_at"]
            and before["status"] == "past_due"
        )
        if is_before and before is not row:
            return _past_due_since(own, before)
    return row["start_at"]  # type: ignore[no-any-return]
