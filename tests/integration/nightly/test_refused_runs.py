"""Each layer is poisoned in a copy of a good run: the run is refused and readers notice nothing.

A poisoned run must leave readers on the last release, exit with 3, and name table, rule and rows.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.assets import models, scores
from orchestration.dbt.outcome import read_outcome
from orchestration.runs import last_record
from tests.integration.nightly.company import Told, released

pytestmark = pytest.mark.slow


def refused(told: Told, data: Path, before: str, *words: str) -> None:
    """The run stopped at its checks, said why, and readers noticed nothing."""
    assert told.code == 3
    assert released(data) == before
    assert f"nothing published; readers still on {before}" in told.err
    assert "exit 3" in told.err
    assert "Traceback" not in told.err
    for word in words:
        assert word in told.err


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
    take_as_built(first_run, monkeypatch)
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


def take_as_built(
    built: Path, monkeypatch: pytest.MonkeyPatch, *, poisoned: str = "", sql: str = ""
) -> None:
    """Take dbt's steps as a good run left them, since the warehouse is a copy of its own.

    SQL runs on the warehouse right after the poisoned step, as a defect in a model would act.
    """

    def build(dbt_step: Any, variables: Any, place: Any, select: Any = ()) -> Any:
        if dbt_step.name == poisoned:
            with duckdb.connect(place.environment["TENURE_WAREHOUSE_PATH"]) as connection:
                connection.execute(sql)
        (results,) = built.glob(f"runs/*/dbt_{dbt_step.name}.json")
        return read_outcome(results)

    monkeypatch.setattr(models, "build", build)


def test_lost_rows_stop_at_the_staging_gate(
    tenure: Callable[..., Told], data: Path, first_run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = released(data)
    take_as_built(
        first_run,
        monkeypatch,
        poisoned="staging",
        sql="create or replace view staging.stg_billing__products as"
        " select * from staging.stg_billing__prices where false",
    )
    told = tenure("run", "--data-dir", data)
    refused(told, data, before, "FAILED at gate_staging", "stg_billing__products")
    record = last_record(data / "runs")
    assert record is not None
    assert "dbt_marts" not in record.steps


def test_a_ledger_that_does_not_balance_stops_at_the_marts_gate(
    tenure: Callable[..., Told], data: Path, first_run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = released(data)
    take_as_built(
        first_run,
        monkeypatch,
        poisoned="marts",
        sql="update marts.fct_mrr_roll_forward set ending_mrr_amount = ending_mrr_amount + 12"
        " where grain = 'month' and period_start = '2023-05-01'",
    )
    told = tenure("run", "--data-dir", data)
    refused(told, data, before, "FAILED at gate_marts", "marts.fct_mrr_roll_forward", "2023-05-01")


def test_a_score_out_of_range_stops_at_the_scores_gate(
    tenure: Callable[..., Told], data: Path, first_run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = released(data)
    take_as_built(first_run, monkeypatch)
    score = scores.score_warehouse

    def poisoned(warehouse: Path, *arguments: Any, **options: Any) -> Any:
        summary = score(warehouse, *arguments, **options)
        with duckdb.connect(str(warehouse)) as connection:
            connection.execute("update scores.fct_health_scores set health_score = 120")
        return summary

    monkeypatch.setattr(scores, "score_warehouse", poisoned)
    told = tenure("run", "--data-dir", data)
    refused(told, data, before, "FAILED at gate_scores", "scores.fct_health_scores", "120")
