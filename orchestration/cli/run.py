"""`tenure run`: opens the run, executes the job, and says how it went."""

from __future__ import annotations

import json
import shlex
import signal
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from orchestration.active_run import ActiveRun, open_run
from orchestration.cli import exit_codes
from orchestration.cli.execute import LOG_NAME, execute
from orchestration.cli.failures import guarded, read_failure, tell, where_the_trace_is
from orchestration.cli.outcome import failure_of, summarize
from orchestration.cli.output import clock, settings_with, write, write_json
from orchestration.reporting.summary import success_text
from orchestration.run_request import RunRequest
from orchestration.runs import load_record
from orchestration.settings import Settings


@dataclass(frozen=True, kw_only=True)
class RunOptions:
    """Options of `tenure run`, as typed."""

    as_of: str | None = None
    known_at: str | None = None
    until: str | None = None
    source: str | None = None
    data_dir: Path | None = None
    reason: str | None = None
    is_strict: bool = False
    resume: str | None = None

    @property
    def command(self) -> str:
        """The command again, for records and for the next one to type."""
        words = ["tenure", "run"]
        for name in ("as_of", "known_at", "until", "source", "data_dir", "reason", "resume"):
            value = getattr(self, name)
            if value is not None:
                words += [f"--{name.replace('_', '-')}", str(value)]
        return shlex.join([*words, *(["--strict"] if self.is_strict else [])])


def run_nightly(options: RunOptions, *, as_json: bool, debug: bool) -> int:
    """Run the pipeline once and return the exit code."""

    def work() -> int:
        settings = settings_with(_source(options), options.data_dir)
        request = RunRequest(
            command=options.command,
            as_of=options.as_of,
            known_at=options.known_at,
            until=options.until,
            resume=options.resume,
            reason=options.reason,
        )
        return run_once(
            settings, request, is_strict=options.is_strict, as_json=as_json, debug=debug
        )

    return guarded(work, debug=debug)


def _source(options: RunOptions) -> str | None:
    """A resumed run reads the source that it began with."""
    if options.resume is None:
        return options.source
    return load_record(settings_with(None, options.data_dir).runs_dir, options.resume).source


def run_once(
    settings: Settings, request: RunRequest, *, is_strict: bool, as_json: bool, debug: bool
) -> int:
    """Open a run, execute it, report it.

    Errors in opening it pass on: there is no run to report then.
    """
    signal.signal(signal.SIGTERM, _as_interrupt)
    run: ActiveRun | None = None
    try:
        with open_run(settings, request, clock(), tell) as run:
            execute(run)
    except (Exception, KeyboardInterrupt) as error:
        if run is None or debug:
            raise
        return _report_failure(run, error, as_json=as_json)
    return _report_success(run, is_strict=is_strict, as_json=as_json)


def _report_success(run: ActiveRun, *, is_strict: bool, as_json: bool) -> int:
    code = exit_codes.WARNED if is_strict and run.record.warnings else exit_codes.OK
    summary = summarize(run)
    if as_json:
        write_json(_as_json(run, code, success_text(summary)))
    else:
        write(success_text(summary))
    return code


def _report_failure(run: ActiveRun, error: BaseException, *, as_json: bool) -> int:
    failure = read_failure(error)
    text = failure_of(run, failure)
    tell(text)
    if not failure.is_expected:
        tell(where_the_trace_is(error, run.folder / LOG_NAME))
    if as_json:
        write_json(_as_json(run, failure.exit_code, text))
    return failure.exit_code


def _as_json(run: ActiveRun, code: int, text: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(run.record.to_json())
    return {**content, "exit_code": code, "summary": text}


def _as_interrupt(_: int, __: FrameType | None) -> None:
    """End as with Ctrl-C, so that dbt is stopped and the record is closed."""
    raise KeyboardInterrupt
