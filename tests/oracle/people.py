"""Who uses a random company's product, and what they do there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from tests.oracle.chance import Chance
from tests.oracle.raw_rows import Row

FEATURES = ("reports", "exports", "alerts", None)
EVENTS = (
    "session_started", "dashboard_viewed", "report_created", "dashboard_viewed", "report_created",
    "file_exported", "nightly_sync", "tutorial_visited", "tutorial_visited", "setup_completed",
    "first_value_reached", "thing nobody knows",
)  # fmt: skip


def people(chance: Chance, customers: Sequence[str]) -> dict[str, list[Row]]:
    """Users, their merges and their events; some users and devices only events know of."""
    rows: dict[str, list[Row]] = {
        name: [] for name in ("usage_users", "usage_identity_merges", "usage_events")
    }
    users = [f"u{n}" for n in chance.some(0, 1, 2, 3, 5, 7)]
    homes = {user: chance.maybe(chance.of([*customers, *customers, "nobody"]), 8) for user in users}
    for user in users:
        created = chance.instant()
        rows["usage_users"].append({
            "user_id": user, "customer_id": homes[user], "email": f"{user}@example.com",
            "is_internal": chance.of([None, None, False, False, False, True]), "created_at": created,
            "deactivated_at": chance.after(created) if chance.once_in(5) else None,
            "updated_at": chance.maybe(created, 3),
        })  # fmt: skip
    names = [*users, "stranger", *(f"device{n}" for n in chance.some(0, 1, 2))]
    for n, merged in enumerate(names[1:], start=1):
        # A survivor is a user; never one who comes later, so that no merges lead back.
        merges: dict[datetime, Row] = {}
        for _ in chance.some(0, 0, 0, 1, 1, 2):
            survivor = chance.of([name for name in names[:n] if not name.startswith("device")])
            # Nobody is merged into two at one instant: that has no answer.
            at = chance.instant()
            merges[at] = {
                "merged_user_id": merged, "surviving_user_id": survivor, "merged_at": at,
            }  # fmt: skip
        rows["usage_identity_merges"] += merges.values()
    at = chance.instant()
    for n in chance.some(0, 3, 10, 25, 50):
        # A run of days of somebody, or something else at another time.
        at = at + timedelta(days=1) if chance.once_in(2) else chance.instant()
        rows["usage_events"].append(_event(chance, f"e{n}", at, names, homes, customers))
    found = {
        "usage_users": chance.delivered(
            "usage_users",
            rows["usage_users"],
            {"customer_id": customers[-1]},
            {"is_internal": True} if chance.once_in(3) else {"customer_id": customers[0]},
        ),
        "usage_identity_merges": chance.delivered(
            "usage_identity_merges", rows["usage_identity_merges"], {}, {}
        ),
        "usage_events": chance.delivered(
            "usage_events", rows["usage_events"], {"event_name": "nightly_sync"}, {}
        ),
    }
    moved = [row for row in found["usage_events"] if chance.once_in(20)]
    landed = chance.policy.as_of - timedelta(hours=1)
    found["usage_events"] += [
        {**row, "occurred_at": row["occurred_at"] + timedelta(days=2), "_loaded_at": landed}
        for row in {row["event_id"]: row for row in moved}.values()
    ]
    return found


def _event(
    chance: Chance,
    name: str,
    at: datetime,
    users: Sequence[str],
    homes: dict[str, str | None],
    customers: Sequence[str],
) -> Row:
    user = chance.maybe(chance.of(users), 12)
    home = homes.get(user) if user else None
    is_device = user is not None and user.startswith("device")
    return {
        "event_id": name, "event_name": chance.of(EVENTS),
        "user_id": None if is_device else user, "anonymous_id": user if is_device else None,
        "customer_id": chance.of([None, home, home, chance.of(customers), "nobody"]),
        "feature_name": chance.of(FEATURES), "occurred_at": at,
        "received_at": at + timedelta(seconds=chance.of([0, 5, 86400 * 20])),
        "event_count": chance.of([None, None, 1, 3]),
    }  # fmt: skip
