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
    "billing_invoices": {"tax_amount_minor": 5},
    "billing_payments": {"status": "failed"},
    "billing_refunds": {"amount_minor": 77},
    "crm_accounts": {"country_code": "FR"},
    "crm_csm_assignments": {"csm_id": "zoe"},
}
# What others refer to lands in time, and what only happens once never vanishes.
NEEDED = {"billing_prices", "crm_accounts"}
LASTING = {*NEEDED, "billing_refunds"}


HOW = ["once"] * 20 + [
    "twice", "corrected", "corrected then", "corrected late", "corrected too late", "deleted",
    "too late",
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
            if how == "deleted" and not _may_vanish(name, row, own, policy):
                how = "twice"
            if how == "too late" and name in NEEDED:
                how = "corrected"
            found[name] += _deliveries(
                draw, how, row, MISTAKES.get(name, {}), (usual, policy, moments)
            )
        if len(found[name]) < 12:
            found[name] = draw(st.permutations(found[name]))
    return found


def _may_vanish(name: str, row: Row, own: Sequence[Row], policy: Policy) -> bool:
    """Whether a row may vanish from an export; of versions the last one, which the tombstone repeats."""
    if name in LASTING:
        return False
    if row.get("updated_at") is None:
        return True
    if row["updated_at"] >= policy.as_of:
        return False
    (key,) = load_contract(name).key
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
    earlier = min(earlier, usual)
    right, wrong = _landed(row, usual), row | mistake
    again = usual + timedelta(hours=draw(st.sampled_from([0, 1])))
    vanished = [_landed(row, earlier), _landed(row, later, "delete")]
    if row.get("updated_at"):
        vanished = [right, _landed(row, usual + timedelta(hours=2), "delete")]
    return {
        "once": [right],
        "twice": [right, _landed(row, again)],
        "corrected": [_landed(wrong, min(earlier, usual - timedelta(days=1))), right],
        "corrected then": [_landed(wrong, earlier), _landed(row, later)],
        "corrected late": [_landed(wrong, usual), _landed(row, policy.as_of + timedelta(hours=1))],
        "corrected too late": [right, _landed(wrong, policy.known_at + timedelta(seconds=1))],
        "deleted": vanished,
        "too late": [_landed(row, policy.known_at + timedelta(seconds=1))],
    }[how]


def _landed(row: Row, at: datetime, operation: str = "upsert") -> Row:
    return {**row, "_loaded_at": at, "_operation": operation}
