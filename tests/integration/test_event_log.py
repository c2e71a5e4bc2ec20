"""Dagster's event log with its connections kept: the same files and events as without."""

from __future__ import annotations

from pathlib import Path

import pytest
from dagster import DagsterEventType, DagsterInstance, Definitions, asset, define_asset_job
from dagster._core.storage.event_log import SqliteEventLogStorage

from orchestration.event_log import MOST_ENGINES, EventLog
from orchestration.resources import dagster_instance
from orchestration.settings import Settings

pytestmark = pytest.mark.slow


@asset
def counted() -> int:
    return 1


def run_once(instance: DagsterInstance) -> str:
    defs = Definitions(assets=[counted], jobs=[define_asset_job("count")])
    return defs.resolve_job_def("count").execute_in_process(instance=instance).run_id


def test_dagster_reads_what_was_kept_open(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    with dagster_instance(settings) as instance:
        log = instance.event_log_storage
        assert isinstance(log, EventLog)
        runs = [run_once(instance) for _ in range(2)]
        told = {run: len(instance.all_logs(run)) for run in runs}
        events = instance.get_latest_materialization_event(counted.key)
        assert events is not None
        assert events.run_id == runs[-1]
    plain = SqliteEventLogStorage(str(settings.dagster_home / "storage" / "history" / "runs"))
    for run in runs:
        assert len(plain.get_logs_for_run(run)) == told[run] > 10
    with DagsterInstance.from_config(str(settings.dagster_home)) as again:
        assert {run.run_id for run in again.get_runs()} == set(runs)
        success = DagsterEventType.RUN_SUCCESS
        assert len(again.all_logs(runs[0], of_type=success)) == 1


def test_only_the_last_runs_stay_open(tmp_path: Path) -> None:
    log = EventLog(str(tmp_path))
    for number in range(MOST_ENGINES + 3):
        with log.run_connection(f"run-{number}"):
            pass
    assert len(log._engines) == MOST_ENGINES
    log.dispose()
    assert not log._engines


def test_a_table_that_is_there_is_looked_up_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = EventLog(str(tmp_path))
    with log.index_connection():
        pass
    assert not log.has_table("no_such_table")
    assert log.supports_asset_checks
    monkeypatch.setattr(SqliteEventLogStorage, "has_table", lambda *_: False)
    assert log.supports_asset_checks
    log.dispose()
