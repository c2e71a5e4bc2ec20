"""Executes Dagster's job for a run that is open, in this process."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from dagster import (
    DagsterExecutionInterruptedError,
    InitLoggerContext,
    JobDefinition,
    LoggerDefinition,
    logger,
)

from orchestration.active_run import ActiveRun
from orchestration.automation.jobs import BACKFILL, NIGHTLY
from orchestration.dbt.manifest import prepare_manifest, read_manifest
from orchestration.definitions import build_defs
from orchestration.resources import RANGE_END, RANGE_START, dagster_instance, opened

LOG_NAME = "run.log"
RUN_TAG = "tenure/run_id"


class JobFailedError(Exception):
    """Dagster could not run the job, for a reason that no step reported."""


def execute(run: ActiveRun) -> None:
    """Run the whole job: every step in order, until one fails.

    Raises:
        Exception: Whatever the failing step raised.
    """
    prepare_manifest(run.settings)
    defs = build_defs(
        run.settings,
        manifest=read_manifest(run.settings),
        run=opened(run),
        loggers={"console": _file_logger(run)},
    )
    window = run.record.window
    job = defs.resolve_job_def(BACKFILL if window else NIGHTLY)
    tags = {RUN_TAG: run.record.run_id}
    if window is not None:
        tags |= {RANGE_START: window[0].isoformat(), RANGE_END: window[1].isoformat()}
    success = _execute(run, job, tags)
    if run.failure is not None:
        step, error = run.failure
        if isinstance(error, DagsterExecutionInterruptedError):
            # Dagster's own word for Ctrl-C and SIGTERM.
            error = KeyboardInterrupt()
            run.failure = (step, error)
        raise error
    if not success:
        raise JobFailedError(
            f"The job {job.name} stopped outside of its steps. Look at {run.folder / LOG_NAME}."
        )


def _execute(run: ActiveRun, job: JobDefinition, tags: Mapping[str, str]) -> bool:
    with dagster_instance(run.settings) as instance:
        try:
            result = job.execute_in_process(
                # A logger that no configuration names is left out.
                run_config={"loggers": {"console": {}}},
                instance=instance,
                partition_key=None if RANGE_START in tags else _day(run),
                tags=dict(tags),
                raise_on_error=False,
            )
        except DagsterExecutionInterruptedError:
            run.failure = run.failure or ("start", KeyboardInterrupt())
            return False
    return result.success


def _day(run: ActiveRun) -> str:
    """The partition of a nightly run: the day on which it reads the sources."""
    return run.record.started_at.date().isoformat()


def _file_logger(run: ActiveRun) -> LoggerDefinition:
    """Dagster's own log goes to a file of the run; people get one line per step."""

    @logger
    def to_file(_: InitLoggerContext) -> logging.Logger:
        log = logging.getLogger(f"tenure.{run.record.run_id}")
        log.setLevel(logging.INFO)
        log.propagate = False
        if not log.handlers:
            handler = logging.FileHandler(run.folder / LOG_NAME, encoding="utf-8")
            handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
            log.addHandler(handler)
        return log

    return to_file
