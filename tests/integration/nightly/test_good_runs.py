"""The whole nightly on a small simulated company: it publishes, repeats without a change, and rolls back."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from orchestration.dbt.manifest import read_manifest
from orchestration.definitions import build_defs
from orchestration.runs import last_record
from orchestration.settings import Settings
from tests.integration.nightly.company import Told, query, released

pytestmark = pytest.mark.slow


def test_the_first_run_publishes(first_run: Path) -> None:
    record = last_record(first_run / "runs")
    assert record is not None
    assert record.status == "succeeded"
    assert record.release == released(first_run) == record.run_id
    assert all(step.status == "done" for step in record.steps.values())
    assert record.policy["reporting_currency"] == "USD"
    assert record.as_of.isoformat() == "2023-07-01T00:00:00+00:00"
    assert "salt" not in (first_run / "runs" / record.run_id / "run.json").read_text()
    ((run_id, through),) = query(first_run, "select run_id, data_through from marts.meta_refresh")
    assert (run_id, str(through)) == (record.run_id, "2023-06-30")
    ((mrr,),) = query(
        first_run,
        "select value from marts.fct_metrics where metric_name = 'mrr' and grain = 'month'"
        " and segment_name = 'all' and period_start = '2023-06-01'",
    )
    assert mrr > 0


def test_builds_start_from_the_project_as_prepared(first_run: Path) -> None:
    """Parsing all of it takes longer than most of the models."""
    (run,) = (first_run / "runs").glob("r*/")
    for step in ("staging", "marts"):
        log = (run / f"dbt_{step}.log").read_text(encoding="utf-8")
        assert "Found" in log
        assert "partial parsing" not in log


def test_every_table_with_its_schema_is_an_asset(first_run: Path) -> None:
    settings = Settings(data_dir=first_run)
    graph = build_defs(settings, manifest=read_manifest(settings)).resolve_asset_graph()
    assets = {"/".join(key.path) for key in graph.get_all_asset_keys()}
    with duckdb.connect(str(settings.warehouse_path), read_only=True) as connection:
        built = {
            f"{schema}/{table}"
            for schema, table in connection.execute(
                "select table_schema, table_name from information_schema.tables"
            ).fetchall()
        }
    landed = {f"landing/{path.parent.name}" for path in first_run.glob("landing/*/_schema.parquet")}
    assert built | landed | {"release/current", "simulated/raw_files"} == assets


def test_a_second_run_finds_nothing_new_and_changes_no_number(
    tenure: Callable[..., Told], data: Path
) -> None:
    numbers = "select * from marts.fct_metrics order by all"
    before, rows = released(data), query(data, numbers)
    told = tenure("run", "--data-dir", data, "--json")
    assert told.code == 0
    result = json.loads(told.out)
    assert result["steps"]["landing"]["told"] == "nothing new"
    assert "loaded     nothing new" in result["summary"]
    assert f"(was {before})" in result["summary"]
    assert released(data) == result["run_id"] != before
    assert query(data, numbers) == rows

    status = tenure("status", "--data-dir", data)
    assert f"readers on {result['run_id']}" in status.out
    assert "succeeded" in status.out
    back = tenure("rollback", "--data-dir", data)
    assert (back.code, released(data)) == (0, before)
    assert f"Readers are on {before}" in back.out
