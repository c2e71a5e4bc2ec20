"""The raw gate on a small landing, and loads of a company that it has nothing to say about."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from data_quality.gates import run_gate
from data_quality.results import GateResult
from data_quality.workspace import GateInputs
from tests.unit.data_quality.small_landing import Load, events, periods, write

BILLING = Load(name="billing_subscription_periods", day=1, rows=periods(20))
AS_OF = datetime(2026, 1, 11, tzinfo=UTC)


def gate(root: Path, loads: Sequence[Load], **changes: object) -> GateResult:
    landing = write(root, loads)
    values = {"as_of": AS_OF, "known_at": datetime(2027, 1, 1, tzinfo=UTC), "landing_dir": landing}
    return run_gate("raw", GateInputs(**{**values, **changes}))


def broken(result: GateResult) -> dict[str, str]:
    assert not [check.message for check in result.checks if check.crashed]
    return {check.rule: check.message for check in result.checks if not check.success}


def daily(days: range, count: int = 120, **values: object) -> list[Load]:
    return [
        Load(name="usage_events", day=day, rows=events(count, f"2026-01-{day:02d}", **values))
        for day in days
    ]
