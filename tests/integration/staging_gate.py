"""The staging gate on a small landing, with views in the place of the staging models."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from data_quality.contracts import Contract, load_contracts
from data_quality.gates import run_gate
from data_quality.results import GateResult
from data_quality.suites.staging import model_name
from data_quality.workspace import GateInputs
from tests.unit.data_quality.small_landing import Load, write


def staged(root: Path, loads: Sequence[Load]) -> Path:
    """A landing, and a warehouse whose staging views show the newest row of each key."""
    landing = write(root, loads)
    with duckdb.connect(str(root / "tenure.duckdb")) as warehouse:
        warehouse.execute("create schema staging")
        for contract in load_contracts().values():
            view = model_name(contract)
            warehouse.execute(f"create view staging.{view} as {newest(contract, landing)}")
    return root


def newest(contract: Contract, landing: Path) -> str:
    keys = ", ".join(["_source_id", *contract.key])
    return (
        "select *, _source_id as source_id from read_parquet("
        f"'{landing}/{contract.name}/**/*.parquet', union_by_name = true, hive_partitioning = false)"
        f" qualify row_number() over (partition by {keys} order by _loaded_at desc) = 1"
    )


def gate(world: Path, *statements: str, **changes: object) -> GateResult:
    with duckdb.connect(str(world / "tenure.duckdb")) as warehouse:
        for statement in statements:
            warehouse.execute(statement)
    values = {
        "as_of": datetime(2026, 1, 11, tzinfo=UTC),
        "known_at": datetime(2026, 2, 1, tzinfo=UTC),
        "landing_dir": world / "landing",
        "warehouse": world / "tenure.duckdb",
    }
    return run_gate("staging", GateInputs(**{**values, **changes}))


def broken(result: GateResult) -> dict[str, str]:
    assert not [check.message for check in result.checks if check.crashed]
    return {check.rule: check.message for check in result.checks if not check.success}
