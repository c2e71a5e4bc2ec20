"""`tenure status`: a run under way, the last run, and what readers see. Changes nothing."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from orchestration.cli import exit_codes
from orchestration.cli.failures import guarded
from orchestration.cli.output import age, clock, settings_with, write, write_json
from orchestration.instants import parse_instant
from orchestration.locking import current_holder
from orchestration.publishing.catalog import Release, list_releases
from orchestration.reporting.summary import shortened
from orchestration.runs import RunRecord, last_record
from orchestration.settings import Settings


def show_status(data_dir: Path | None, *, as_json: bool, debug: bool) -> int:
    """Show how things stand."""

    def work() -> int:
        settings = settings_with(None, data_dir)
        facts = _facts(settings)
        if as_json:
            write_json(facts)
        else:
            write("\n".join(_lines(settings, facts)))
        return exit_codes.OK

    return guarded(work, debug=debug)


def _facts(settings: Settings) -> dict[str, Any]:
    holder = current_holder(settings.data_dir)
    record = last_record(settings.runs_dir)
    return {
        "data_dir": str(settings.data_dir),
        "running": asdict(holder) if holder else None,
        "last_run": _run_facts(record) if record else None,
        "releases": [_release_facts(release) for release in list_releases(settings.releases_dir)],
    }


def _run_facts(record: RunRecord) -> dict[str, Any]:
    return {
        "run_id": record.run_id,
        "command": record.command,
        "status": record.status,
        "started_at": record.started_at,
        "seconds": record.seconds,
        "as_of": record.as_of,
        "release": record.release,
        "failure": record.failure,
        "warnings": record.warnings,
        "steps": {
            name: {"status": step.status, "seconds": step.seconds, "told": step.told}
            for name, step in record.steps.items()
        },
    }


def _release_facts(release: Release) -> dict[str, Any]:
    return {
        "run_id": release.run_id,
        "is_current": release.is_current,
        "published_at": release.published_at,
        "data_through": release.manifest["data_through"],
        "path": str(release.path),
    }


def _lines(settings: Settings, facts: dict[str, Any]) -> list[str]:
    now = clock()
    lines = []
    if facts["running"]:
        holder = facts["running"]
        lines.append(
            f"running    {holder['command']}, process {holder['pid']} on {holder['host']}, "
            f"since {holder['started_at']}"
        )
    run = facts["last_run"]
    if run is None:
        return [*lines, f"No run yet in {settings.data_dir}. Start with `tenure run`."]
    state = _state(run["status"], is_running=bool(facts["running"]))
    when = f"{age(now, run['started_at'])} ago" if run["started_at"] <= now else "now"
    lines.append(f"last run   {run['run_id']}  {state}  {when}  ({run['command']})")
    lines += [
        f"           {name:<16} {step['status']:<8} {step['seconds']:6.1f} s  {step['told']}".rstrip()
        for name, step in run["steps"].items()
    ]
    if run["failure"] and state != "running":
        message = str(run["failure"]["message"]).splitlines()
        lines += [f"           {line}" for line in message]
        lines.append(f"           retry: tenure run --resume {run['run_id']}")
    lines += [f"           look at: {shortened(warning)}" for warning in run["warnings"]]
    if not facts["releases"]:
        lines.append("readers    have no release yet")
    for release in facts["releases"]:
        mark = "readers on" if release["is_current"] else "kept      "
        published = parse_instant(release["published_at"])
        lines.append(
            f"{mark} {release['run_id']}  data through {release['data_through']}  "
            f"published {age(now, published)} ago"
        )
    return lines


def _state(status: str, *, is_running: bool) -> str:
    """A record that says running without a lock being held is of a run that was killed."""
    if status != "running":
        return status
    return "running" if is_running else "killed"
