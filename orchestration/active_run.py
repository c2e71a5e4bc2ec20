"""A run that is under way: opened once, handed to every step, closed with its outcome on record.

Holds the lock, the record and the instants of the run. The clock is read by whoever opens it (the
command line or Dagster's resource), never here or further in.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from orchestration.dbt.commands import policy_of
from orchestration.earlier_states import rebuild_settings
from orchestration.ingestion.mapping import SourceMapping
from orchestration.ingestion.mapping_parser import load_mapping
from orchestration.instants import parse_zone
from orchestration.locking import only_run
from orchestration.run_request import SIMULATED, RunRequest, record_of
from orchestration.runs import RunRecord, StepRecord, save_record
from orchestration.settings import Settings

Progress = Callable[[str], None]


@dataclass
class ActiveRun:
    """The run that holds the lock.

    Attributes:
        settings: Deployment settings.
        request: What was asked.
        record: What is written down about it.
        opened_at: The one reading of the clock; later than the record's start in a resumed run.
        lock: Descriptor of the lock, for child processes.
        tell: Takes lines for people.
        failure: Step that stopped the run and why.
    """

    settings: Settings
    request: RunRequest
    record: RunRecord
    opened_at: datetime
    lock: int
    tell: Progress
    failure: tuple[str, BaseException] | None = None
    _began: float = field(default_factory=time.monotonic)

    @property
    def folder(self) -> Path:
        """The run's folder: record, logs, results of gates and of dbt."""
        return self.settings.runs_dir / self.record.run_id

    @property
    def mapping_path(self) -> Path:
        """The mapping of the source; the simulated company writes its own."""
        if self.record.source == SIMULATED:
            return self.settings.simulated_dir / "mapping.yml"
        return Path(self.record.source)

    @property
    def now(self) -> datetime:
        """The clock as read at the start plus what passed since; it is not read again."""
        return self.opened_at + timedelta(seconds=self.elapsed)

    @property
    def elapsed(self) -> float:
        """Seconds since the run was opened."""
        return time.monotonic() - self._began

    @property
    def zone(self) -> ZoneInfo:
        """The reporting timezone."""
        return parse_zone(str(self.policy["reporting_timezone"]))

    @property
    def policy(self) -> dict[str, Any]:
        """Business policy: the project's, with the mapping's overrides."""
        return policy_of(self.mapping().policy if self.mapping_path.is_file() else {})

    def mapping(self) -> SourceMapping:
        """Read the mapping of the source."""
        return load_mapping(self.mapping_path)

    def save(self) -> None:
        """Write the record."""
        save_record(self.settings.runs_dir, self.record)

    def warn(self, message: str) -> None:
        """Put a warning on record."""
        if message not in self.record.warnings:
            self.record.warnings.append(message)

    def write_result(self, name: str, content: str) -> Path:
        """Write a result file into the run's folder."""
        path = self.folder / name
        path.write_text(content, encoding="utf-8")
        return path

    @contextmanager
    def step(self, name: str, inputs: str = "") -> Iterator[StepRecord]:
        """Do one step: timed, on record before and after, its failure kept.

        The block fills `facts` and `told`; what it raises passes on.
        """
        step = StepRecord(name=name, inputs=inputs)
        self.record.steps[name] = step
        self.save()
        began = time.monotonic()
        mark = "FAILED  "
        try:
            yield step
            step.status = "done"
            mark = ""
        except BaseException as error:
            step.status = "failed"
            if self.failure is None:
                self.failure = (name, error)
            raise
        finally:
            step.seconds = round(time.monotonic() - began, 2)
            self.save()
            self.tell(f"{name:<16} {mark or f'{step.seconds:6.1f} s'}   {step.told}".rstrip())


@contextmanager
def open_run(
    settings: Settings, request: RunRequest, now: datetime, tell: Progress
) -> Iterator[ActiveRun]:
    """Open a run and close it with its outcome.

    Args:
        settings: Deployment settings.
        request: What is asked.
        now: The one reading of the clock, with an offset.
        tell: Takes lines for people.

    Raises:
        RunLockedError: Another run is under way.
        MappingError, PolicyError, InstantError, RunRecordError: The request makes no sense.
    """
    with only_run(settings.data_dir, request.command, now) as held:
        if held.left_by is not None:
            tell(f"'{held.left_by.command}' of {held.left_by.started_at} ended without a word.")
        record = record_of(settings, request, now)
        if record.is_rebuild:
            settings = rebuild_settings(settings, record.run_id)
        settings.temp_dir.mkdir(parents=True, exist_ok=True)
        settings.warehouse_path.parent.mkdir(parents=True, exist_ok=True)
        run = ActiveRun(settings, request, record, now, held.descriptor, tell)
        run.save()
        try:
            yield run
        except BaseException as error:
            run.failure = run.failure or ("start", error)
            raise
        finally:
            _close(run)


def _close(run: ActiveRun) -> None:
    record = run.record
    record.finished_at = run.now
    record.seconds += round(run.elapsed, 1)
    if run.failure is None:
        record.status = "succeeded"
    else:
        step, error = run.failure
        interrupted = isinstance(error, KeyboardInterrupt | SystemExit)
        record.status = "interrupted" if interrupted else "failed"
        record.failure = {"step": step, "kind": type(error).__name__, "message": str(error)}
    run.save()
