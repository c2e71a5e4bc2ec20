"""Run records: what each run was asked, did and found, in `runs/<run_id>/run.json`.

A record is written when a run starts and after each step, so that a killed run tells how far it
came and `tenure run --resume` knows what need not be done again. How steps work is not known here.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Literal

RECORD_NAME = "run.json"
FORMAT_VERSION = 1

RunStatus = Literal["running", "succeeded", "failed", "interrupted"]
StepStatus = Literal["running", "done", "skipped", "failed"]


class RunRecordError(Exception):
    """A run record that is missing or cannot be read; the message lists the runs there are."""


@dataclass
class StepRecord:
    """One step of a run.

    Attributes:
        name: Name of the step, e.g. landing or gate_raw.
        status: How it went.
        seconds: How long it took.
        inputs: Fingerprint of what it was made from; a resumed run redoes it when that differs.
        told: What it did, in one line.
        facts: What it says about itself: counts, results, the release.
    """

    name: str
    status: StepStatus = "running"
    seconds: float = 0.0
    inputs: str = ""
    told: str = ""
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(kw_only=True)
class RunRecord:
    """One run.

    Attributes:
        run_id: Name of the run, of its folder and of its release.
        command: What was typed, or which schedule started it.
        started_at: The one reading of the clock; rows landed by this run carry it.
        as_of: Exclusive end of what is measured.
        known_at: Only rows landed up to this instant are read.
        until: Deliveries after this instant were left out; None: all were read.
        window: First and last day of the deliveries that are read again, for a backfill.
        source: Source setting: simulated, or the path of a mapping.
        is_rebuild: Whether the run builds an earlier state apart from what readers see.
        rebuilds: Run that published this state, when there is one.
        settings: Deployment settings without secrets.
        status: How the run went.
        finished_at: End of the run.
        seconds: Time that the run took, with what it took before it was resumed.
        policy: Business policy that dbt was given.
        reason: Why closed months may change, in a person's words.
        steps: Steps by name, in the order in which they began.
        release: Release that the run made.
        previous_release: Release that readers saw when the run began.
        failure: What stopped the run: step, message, exit_code.
        warnings: What a person should look at although the run went on.
    """

    run_id: str
    command: str
    started_at: datetime
    as_of: datetime
    known_at: datetime
    source: str
    until: datetime | None = None
    window: tuple[date, date] | None = None
    is_rebuild: bool = False
    rebuilds: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    status: RunStatus = "running"
    finished_at: datetime | None = None
    seconds: float = 0.0
    policy: Mapping[str, Any] = field(default_factory=dict)
    reason: str | None = None
    steps: dict[str, StepRecord] = field(default_factory=dict)
    release: str | None = None
    previous_release: str | None = None
    failure: dict[str, Any] | None = None
    warnings: list[str] = field(default_factory=list)

    def facts_of(self, step: str) -> dict[str, Any]:
        """What a step said about itself; empty when it did not run."""
        return self.steps[step].facts if step in self.steps else {}

    def is_done(self, step: str, inputs: str) -> bool:
        """Whether a step was completed with the same inputs before."""
        known = self.steps.get(step)
        return known is not None and known.status in {"done", "skipped"} and known.inputs == inputs

    def to_json(self) -> str:
        """Return the record as JSON."""
        content = {"format_version": FORMAT_VERSION, **asdict(self)}
        return json.dumps(content, indent=2, ensure_ascii=False, default=_plain)


def new_run_id(runs_dir: Path, started_at: datetime) -> str:
    """Name a run after its start (UTC): r20261121-0214, with -2, -3, … when that is taken."""
    base = f"r{started_at.astimezone(UTC):%Y%m%d-%H%M}"
    run_id, number = base, 1
    while (runs_dir / run_id).exists():
        number += 1
        run_id = f"{base}-{number}"
    return run_id


def save_record(runs_dir: Path, record: RunRecord) -> Path:
    """Write the record so that a reader sees the old or the new one, never half of one."""
    folder = runs_dir / record.run_id
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / RECORD_NAME
    draft = folder / f".{RECORD_NAME}"
    with draft.open("w", encoding="utf-8") as file:
        file.write(record.to_json() + "\n")
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    return path


def load_record(runs_dir: Path, run_id: str) -> RunRecord:
    """Read the record of a run.

    Raises:
        RunRecordError: There is no such run, or its record cannot be read.
    """
    known = run_ids(runs_dir)
    if run_id not in known:
        last = ", ".join(known[:5]) or "none yet"
        raise RunRecordError(f"There is no run '{run_id}' in {runs_dir}. Last runs: {last}.")
    path = runs_dir / run_id / RECORD_NAME
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content.pop("format_version") != FORMAT_VERSION:
            raise RunRecordError(f"{path} was written by another version of Tenure.")
        for name in ("started_at", "as_of", "known_at", "until", "finished_at"):
            if content[name] is not None:
                content[name] = datetime.fromisoformat(content[name])
        if content["window"] is not None:
            content["window"] = tuple(date.fromisoformat(day) for day in content["window"])
        steps = {name: StepRecord(**step) for name, step in content.pop("steps").items()}
        return RunRecord(**content, steps=steps)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise RunRecordError(f"{path} cannot be read: {error}. Start a new run.") from error


def run_ids(runs_dir: Path) -> list[str]:
    """Names of the runs that have a record, newest first."""
    if not runs_dir.is_dir():
        return []
    found = [path.parent for path in runs_dir.glob(f"*/{RECORD_NAME}")]
    return [path.name for path in sorted(found, key=_newest_first, reverse=True)]


def last_record(runs_dir: Path) -> RunRecord | None:
    """The newest run, or None."""
    known = run_ids(runs_dir)
    return load_record(runs_dir, known[0]) if known else None


def _newest_first(folder: Path) -> tuple[str, int]:
    """r20261121-0214-10 comes after r20261121-0214-9."""
    parts = folder.name.split("-")
    number = int(parts[2]) if len(parts) > 2 and parts[2].isdigit() else 1
    return "-".join(parts[:2]), number


def _plain(value: object) -> str:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value)
