"""How rows arrive: late, twice, wrong first and corrected later, or after the run's `known_at`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from data_quality.contracts import load_contract
from tests.oracle.policy import Policy
from tests.oracle.raw_rows import Row

# Columns that a wrong first delivery of a row gets wrong, with what it says.
MISTAKES: dict[str, dict[str, Any]] = {
    "billing_subscriptions": {"status": "unpaid"},
    "billing_subscription_items": {"quantity": 7},
    "billing_subscription_periods": {"amount_minor": 31},
    "billing_prices": {"unit_amount_minor": 2500},
    "billing_discounts": {"start_at": datetime.fromisoformat("2024-06-06 06:00:00")},
}


HOW = ["once"] * 20 + [
    "twice", "corrected", "corrected then", "corrected late", "corrected too late", "deleted",
]  # fmt: skip


def delivered(
    draw: st.DrawFn, rows: dict[str, list[Row]], moments: Sequence[datetime], policy: Policy
) -> dict[str, list[Row]]:
    """The rows of each object in the order in which they landed, with their plumbing."""
    found: dict[str, list[Row]] = {}
    usual = policy.as_of - timedelta(hours=6)
    for name, raw in rows.items():
        columns = dict.fromkeys(load_contract(name).column_names)
        own = [{**columns, **row} for row in raw]
        found[name] = []
        for row in own:
            how = draw(st.sampled_from(HOW)) if name in MISTAKES else "once"
            if how == "deleted" and not _may_vanish(name, row, own):
                how = "twice"
            found[name] += _deliveries(
                draw, how, row, MISTAKES.get(name, {}), (usual, policy, moments)
            )
        if len(found[name]) < 12:
            found[name] = draw(st.permutations(found[name]))
    return found


def _may_vanish(name: str, row: Row, own: Sequence[Row]) -> bool:
    """Whether a row may vanish from an export; of versions the last one, which the tombstone repeats."""
    if name == "billing_prices":
        return False
    if "updated_at" not in row:
        return True
    key = "subscription_id" if name == "billing_subscriptions" else "subscription_item_id"
    return all(other["updated_at"] <= row["updated_at"] for other in own if other[key] == row[key])


def _deliveries(
    draw: st.DrawFn,
    how: str,
    row: Row,
    mistake: Row,
    when: tuple[datetime, Policy, Sequence[datetime]],
) -> list[Row]:
    usual, policy, moments = when
    two = st.lists(st.sampled_from(moments), min_size=2, max_size=2, unique=True)
    earlier, later = sorted(draw(two))
    right, wrong = _landed(row, usual), row | mistake
    again = usual + timedelta(hours=draw(st.sampled_from([0, 1])))
    vanished = [_landed(row, earlier), _landed(row, later, "delete")]
    if "updated_at" in row:
        vanished = [right, _landed(row, usual + timedelta(hours=2), "delete")]
    return {
        "once": [right],
        "twice": [right, _landed(row, again)],
        "corrected": [_landed(wrong, min(earlier, usual - timedelta(days=1))), right],
        "corrected then": [_landed(wrong, earlier), _landed(row, later)],
        "corrected late": [_landed(wrong, usual), _landed(row, policy.as_of + timedelta(hours=1))],
        "corrected too late": [right, _landed(wrong, policy.known_at + timedelta(seconds=1))],
        "deleted": vanished,
    }[how]


def _landed(row: Row, at: datetime, operation: str = "upsert") -> Row:
    return {**row, "_loaded_at": at, "_operation": operation}
