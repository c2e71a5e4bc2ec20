"""Publishing and the comparison of closed months together: causes are recorded, or nothing moves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from data_quality.restatement import ReleaseChange, find_restatements, restatement_gate
from data_quality.results import GateFailed, raise_if_failed
from data_quality.workspace import GateInputs
from orchestration.publishing.catalog import Release, current_release
from orchestration.publishing.publish import publish
from tests.unit.data_quality.small_landing import Load, periods, write
from tests.unit.publishing.small_warehouse import build, change, request_for

pytestmark = pytest.mark.slow

KNOWN = Load(name="billing_subscription_periods", day=1, rows=periods(3))


def write_metrics(warehouse: Path, august: str) -> None:
    change(
        build(warehouse),
        "create table marts.fct_metrics as select 'mrr' as metric_name, 'month' as grain,"
        " date '2026-08-01' as period_start, date '2026-09-01' as period_end, true as is_complete,"
        f" 'all' as segment_name, 'all' as segment_value, {august}::decimal(38, 10) as value",
        "create table marts.dim_metrics as select 'mrr' as metric_name,"
        " 'fct_mrr_roll_forward' as mart, 'ending_mrr_amount' as numerator,"
        " null::varchar as denominator, false as is_maturing",
    )


def release(root: Path, run_id: str, reason: str | None = None) -> Release:
    request = request_for(root, run_id)

    def compare(staged: Path, previous: Path) -> Sequence[dict[str, Any]]:
        inputs = GateInputs(
            as_of=request.run.as_of,
            known_at=datetime(2027, 1, 1, tzinfo=UTC),
            landing_dir=root / "landing",
        )
        found = find_restatements(
            ReleaseChange(staged=staged, previous=previous, reason=reason), inputs
        )
        raise_if_failed(restatement_gate(found))
        return [restatement.as_row() for restatement in found]

    return publish(request, compare=compare)


def test_late_data_is_recorded_and_published(tmp_path):
    late = Load(
        name="billing_subscription_periods",
        day=310,  # after the first release's known_at
        rows=periods(1, subscription_id="late", start_at="2026-08-20 00:00:00"),
    )
    write(tmp_path, [KNOWN, late])
    write_metrics(tmp_path / "warehouse" / "tenure.duckdb", "1000")
    assert release(tmp_path, "r1").manifest["restatements"] == []
    write_metrics(tmp_path / "warehouse" / "tenure.duckdb", "1350")
    (restated,) = release(tmp_path, "r2").manifest["restatements"]
    assert restated["cause"] == "late data"
    assert (restated["period"], restated["difference"]) == ("2026-08-01", "350")


def test_unexplained_change_leaves_readers_on_the_release_before(tmp_path):
    write(tmp_path, [KNOWN])
    write_metrics(tmp_path / "warehouse" / "tenure.duckdb", "1000")
    release(tmp_path, "r1")
    write_metrics(tmp_path / "warehouse" / "tenure.duckdb", "1350")
    with pytest.raises(GateFailed, match="metric=mrr, period=2026-08-01"):
        release(tmp_path, "r2")
    current = current_release(tmp_path / "releases")
    assert current is not None
    assert current.run_id == "r1"
    assert sorted(path.name for path in (tmp_path / "releases").iterdir()) == ["current", "r1"]
    told = release(tmp_path, "r2", reason="Import of August was wrong.").manifest["restatements"]
    assert [(row["cause"], row["reason"]) for row in told] == [
        ("correction", "Import of August was wrong.")
    ]
