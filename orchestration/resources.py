"""Dagster's resources: the run under way, and the instance in the data directory.

`tenure` opens the run itself and hands it in; in a run that the daemon or the UI starts, the
resource opens it, so that both hold the same lock and leave the same record.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

import yaml
from dagster import (
    ConfigurableResource,
    DagsterInstance,
    InitResourceContext,
    ResourceDefinition,
)
from sqlalchemy import event
from sqlalchemy.engine import Engine

from orchestration.active_run import ActiveRun, open_run
from orchestration.run_request import RunRequest
from orchestration.settings import Settings

RANGE_START = "dagster/asset_partition_range_start"
RANGE_END = "dagster/asset_partition_range_end"
BACKFILL = "dagster/backfill"
EVENT_LOGS = "/history/runs/"


class RunResource(ConfigurableResource[ActiveRun]):
    """Opens the run when Dagster starts one; every field may be left empty.

    Attributes:
        as_of: Date (through its end) or instant up to which is measured.
        known_at: Instant up to which landed rows are read.
        reason: Why closed months may change.
    """

    as_of: str | None = None
    known_at: str | None = None
    reason: str | None = None

    @contextmanager
    def yield_for_execution(self, context: InitResourceContext) -> Iterator[ActiveRun]:
        """Open the run for as long as Dagster's run lasts. The entry reads the clock, once."""
        tags = context.run.tags if context.run else {}
        window = None
        if BACKFILL in tags and RANGE_START in tags:
            window = (date.fromisoformat(tags[RANGE_START]), date.fromisoformat(tags[RANGE_END]))
        request = RunRequest(
            command=f"dagster job {context.run.job_name if context.run else ''}".strip(),
            as_of=self.as_of,
            known_at=self.known_at,
            reason=self.reason or (f"backfill {tags[BACKFILL]}" if window else None),
            window=window,
        )
        log = context.log
        with open_run(Settings(), request, datetime.now(UTC), log.info if log else print) as run:
            yield run


def opened(run: ActiveRun) -> ResourceDefinition:
    """The resource of a run that is open already."""
    return ResourceDefinition.hardcoded_resource(run)


@contextmanager
def dagster_instance(settings: Settings) -> Iterator[DagsterInstance]:
    """Open the instance in the data directory."""
    home = prepare_dagster_home(settings)
    _spare_the_event_log()
    os.environ["DAGSTER_HOME"] = str(home)
    with DagsterInstance.from_config(str(home)) as instance:
        yield instance


def _spare_the_event_log() -> None:
    """Let SQLite write the event logs of this process without waiting for the disk each time.

    Each event opens a connection and waits: 60 empty assets took 13.9 s, 2.7 s without. A crash of
    the machine may cost the last events of the UI's log; records, landing and releases are not in it.
    """
    if not event.contains(Engine, "connect", _no_waiting):
        event.listen(Engine, "connect", _no_waiting)


def _no_waiting(connection: object, _: object) -> None:
    if not isinstance(connection, sqlite3.Connection):
        return
    _, _, path = connection.execute("pragma database_list").fetchone()
    if EVENT_LOGS in path:
        connection.execute("pragma synchronous = off")


def prepare_dagster_home(settings: Settings) -> Path:
    """Write `dagster.yaml`: SQLite in the data directory, no telemetry, one run at a time."""
    home = settings.dagster_home
    home.mkdir(parents=True, exist_ok=True)
    storage = home / "storage"
    content = {
        "telemetry": {"enabled": False},
        # No dialog that asks for an e-mail address before the graph is seen.
        "nux": {"enabled": False},
        # Where Dagster would put them by itself.
        "run_storage": {
            "module": "dagster._core.storage.runs",
            "class": "SqliteRunStorage",
            "config": {"base_dir": str(storage / "history")},
        },
        "event_log_storage": {
            "module": "orchestration.event_log",
            "class": "EventLog",
            "config": {"base_dir": str(storage / "history" / "runs")},
        },
        "schedule_storage": {
            "module": "dagster._core.storage.schedules",
            "class": "SqliteScheduleStorage",
            "config": {"base_dir": str(storage / "schedules")},
        },
        "local_artifact_storage": {
            "module": "dagster._core.storage.root",
            "class": "LocalArtifactStorage",
            "config": {"base_dir": str(home)},
        },
        "compute_logs": {
            "module": "dagster._core.storage.local_compute_log_manager",
            "class": "LocalComputeLogManager",
            "config": {"base_dir": str(storage)},
        },
        "run_coordinator": {
            "module": "dagster._core.run_coordinator",
            "class": "QueuedRunCoordinator",
        },
        "concurrency": {
            "runs": {"max_concurrent_runs": 1},
            "pools": {"default_limit": 1, "granularity": "run"},
        },
    }
    text = "# Written by Tenure at each run.\n" + yaml.safe_dump(content, sort_keys=False)
    path = home / "dagster.yaml"
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")
    return home
