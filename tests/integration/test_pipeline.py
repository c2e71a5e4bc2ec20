"""The whole nightly on a small simulated company: it publishes, repeats, refuses and rolls back.

One good run is made and copied; each layer is then poisoned in a copy. A poisoned run must leave
readers on the last release, exit with 3, and name table, rule and rows.
"""

from __future__ import annotations

import gzip
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.assets import models, scores
from orchestration.cli.app import run_app
from orchestration.dbt.manifest import read_manifest
from orchestration.dbt.outcome import read_outcome
from orchestration.definitions import build_defs
from orchestration.locking import only_run
from orchestration.publishing.catalog import current_release
from orchestration.runs import last_record
from orchestration.settings import Settings

pytestmark = pytest.mark.slow

MAIN = "from orchestration.cli import main; main()"
COMPANY = {
    "TENURE_SIMULATED_CUSTOMERS": "200",
    "TENURE_SIMULATED_MONTHS": "6",
    "TENURE_SIMULATED_EVENTS": "5000",
    "TENURE_SIMULATED_SEED": "20",
}


@dataclass(frozen=True)
class Told:
    """What a command returned and wrote."""

    code: int
    out: str
    err: str


@pytest.fixture
def tenure(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Callable[..., Told]:
    """Runs a command of `tenure` in this process, with an empty home directory."""
    for name, value in COMPANY.items():
        monkeypatch.setenv(name, value)
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))

    def call(*words: object) -> Told:
        capsys.readouterr()
        code = run_app([str(word) for word in words])
        captured = capsys.readouterr()
        return Told(code, captured.out, captured.err)

    return call


@pytest.fixture(scope="module")
def first_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data directory after one good run, for others to copy."""
    data = tmp_path_factory.mktemp("company") / "data"
    with pytest.MonkeyPatch.context() as patch:
        for name, value in COMPANY.items():
            patch.setenv(name, value)
        home = data.parent / "home"
        home.mkdir()
        patch.setenv("HOME", str(home))
        assert run_app(["run", "--data-dir", str(data)]) == 0
        assert list(home.iterdir()) == []  # nothing is written but data
    return data


@pytest.fixture
def data(first_run: Path, tmp_path: Path) -> Path:
    """A copy of the first run's data directory."""
    copy = tmp_path / "data"
    shutil.copytree(first_run, copy, symlinks=True)
    return copy


def released(data: Path) -> str:
    release = current_release(data / "releases")
    assert release is not None
    return release.run_id


def query(data: Path, sql: str) -> list[tuple[Any, ...]]:
    path = data / "releases" / "current" / "tenure_bi.duckdb"
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def refused(told: Told, data: Path, before: str, *words: str) -> None:
    """The run stopped at its checks, said why, and readers noticed nothing."""
    assert told.code == 3
    assert released(data) == before
    assert f"nothing published; readers still on {before}" in told.err
    assert "exit 3" in told.err
    assert "Traceback" not in told.err
    for word in words:
        assert word in told.err


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


def deliver(data: Path, good_rows: int, bad_rows: int) -> Path:
    """A later delivery of customers, some of them without a valid date."""
    first = data / "simulated/raw/billing_customers/2023-06-17.csv.gz"
    header, *known = gzip.decompress(first.read_bytes()).splitlines()
    bad = [b",".join([b"not-a-date"] * (header.count(b",") + 1))] * bad_rows
    path = first.with_name("2023-07-02.csv.gz")
    path.write_bytes(gzip.compress(b"\n".join([header, *known[:good_rows], *bad]) + b"\n"))
    return path


def test_bad_raw_rows_stop_at_the_raw_gate_and_the_corrected_run_goes_on(
    tenure: Callable[..., Told], data: Path, first_run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = released(data)
    deliver(data, good_rows=100, bad_rows=60)
    told = tenure("run", "--data-dir", data)
    refused(told, data, before, "FAILED at gate_raw", "billing_customers", "rows_quarantined=60")
    record = last_record(data / "runs")
    assert record is not None
    assert "dbt_staging" not in record.steps

    deliver(data, good_rows=100, bad_rows=0)
    poison_after("nothing", monkeypatch, built=first_run)
    resumed = tenure("run", "--data-dir", data, "--resume", record.run_id)
    assert resumed.code == 0, resumed.err
    assert released(data) == record.run_id


def test_a_file_that_cannot_be_loaded_is_named(tenure: Callable[..., Told], data: Path) -> None:
    before = released(data)
    (data / "simulated/raw/billing_customers/2023-07-02.csv.gz").write_bytes(b"no gzip")
    told = tenure("run", "--data-dir", data)
    assert told.code == 1
    assert "2023-07-02.csv.gz" in told.err
    assert "Traceback" not in told.err
    assert released(data) == before


def poison_after(
    step: str, monkeypatch: pytest.MonkeyPatch, sql: str = "", *, built: Path | None = None
) -> None:
    """Run SQL on the warehouse right after a dbt step, as a defect in a model would act.

    With `built`, earlier steps are taken as that run left them: the warehouse is a copy of its own.
    """
    build = models.build

    def poisoned(dbt_step: Any, variables: Any, place: Any, select: Any = ()) -> Any:
        if built is not None and (dbt_step.name != step or not sql):
            (results,) = built.glob(f"runs/*/dbt_{dbt_step.name}.json")
            return read_outcome(results)
        outcome = build(dbt_step, variables, place, select)
        if dbt_step.name == step:
            with duckdb.connect(place.environment["TENURE_WAREHOUSE_PATH"]) as connection:
                connection.execute(sql)
        return outcome

    monkeypatch.setattr(models, "build", poisoned)


def test_lost_rows_stop_at_the_staging_gate(
    tenure: Callable[..., Told], data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = released(data)
    poison_after(
        "staging",
        monkeypatch,
        "create or replace view staging.stg_billing__products as"
        " select * from staging.stg_billing__prices where false",
    )
    told = tenure("run", "--data-dir", data)
    refused(told, data, before, "FAILED at gate_staging", "stg_billing__products")


def test_a_ledger_that_does_not_balance_stops_at_the_marts_gate(
    tenure: Callable[..., Told], data: Path, first_run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = released(data)
    poison_after(
        "marts",
        monkeypatch,
        "update marts.fct_mrr_roll_forward set ending_mrr_amount = ending_mrr_amount + 12"
        " where grain = 'month' and period_start = '2023-05-01'",
        built=first_run,
    )
    told = tenure("run", "--data-dir", data)
    refused(told, data, before, "FAILED at gate_marts", "marts.fct_mrr_roll_forward", "2023-05-01")


def test_a_score_out_of_range_stops_at_the_scores_gate(
    tenure: Callable[..., Told], data: Path, first_run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = released(data)
    poison_after("marts", monkeypatch, built=first_run)
    score = scores.score_warehouse

    def poisoned(warehouse: Path, *arguments: Any, **options: Any) -> Any:
        summary = score(warehouse, *arguments, **options)
        with duckdb.connect(str(warehouse)) as connection:
            connection.execute("update scores.fct_health_scores set health_score = 120")
        return summary

    monkeypatch.setattr(scores, "score_warehouse", poisoned)
    told = tenure("run", "--data-dir", data)
    refused(told, data, before, "FAILED at gate_scores", "scores.fct_health_scores", "120")


def test_two_runs_at_once(tenure: Callable[..., Told], data: Path) -> None:
    before = released(data)
    with only_run(data, "tenure run --as-of 2023-06-30", datetime(2026, 1, 1, tzinfo=UTC)):
        told = tenure("run", "--data-dir", data)
        status = tenure("status", "--data-dir", data)
    assert told.code == 5
    assert "tenure run --as-of 2023-06-30" in told.err
    assert "running    tenure run --as-of 2023-06-30" in status.out
    assert released(data) == before


def test_ctrl_c_ends_dbt_and_leaves_a_run_that_can_be_resumed(data: Path) -> None:
    before = released(data)
    process = subprocess.Popen(
        [sys.executable, "-c", MAIN, "run", "--data-dir", str(data)],
        cwd=Path(__file__).resolve().parents[2],
        env=os.environ | COMPANY,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    until = time.monotonic() + 120
    while len(list(data.glob("runs/*/dbt_staging.log"))) < 2 and time.monotonic() < until:
        assert process.poll() is None, process.communicate()[1]
        time.sleep(0.1)
    time.sleep(1)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in told
    assert "FAILED at dbt_staging: interrupted" in told
    record = last_record(data / "runs")
    assert record is not None
    assert f"tenure run --data-dir {data} --resume {record.run_id}" in told
    assert record.status == "interrupted"
    assert record.steps["landing"].status == "done"
    assert released(data) == before
    listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True)
    assert str(data) not in listed.stdout  # dbt went with its run
    with only_run(data, "tenure run", datetime(2026, 1, 1, tzinfo=UTC)):
        pass
