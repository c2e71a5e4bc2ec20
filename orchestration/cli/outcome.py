"""Gathers what the end of a run tells, from its record and the releases. The text is `reporting`'s."""

from __future__ import annotations

import shlex
import sys
from datetime import date
from pathlib import Path

from data_quality.contracts import load_contracts
from orchestration.active_run import ActiveRun
from orchestration.checks.gates import LAYERS, gate_step
from orchestration.cli import exit_codes
from orchestration.cli.failures import Failure
from orchestration.cli.output import age
from orchestration.dbt.commands import STEPS
from orchestration.earlier_states import readers_releases_dir
from orchestration.instants import naive_utc, parse_instant
from orchestration.publishing.catalog import Release, current_release, list_releases
from orchestration.publishing.errors import PublishingError
from orchestration.reporting.headlines import read_headlines
from orchestration.reporting.late_rows import LateRows, late_rows
from orchestration.reporting.new_risk import risk_change
from orchestration.reporting.summary import RunSummary, failure_text


def summarize(run: ActiveRun) -> RunSummary:
    """Gather the summary of a run that published its release."""
    record, settings = run.record, run.settings
    releases = {release.run_id: release for release in list_releases(settings.releases_dir)}
    release = releases[record.release or ""]
    previous = releases.get(record.previous_release or "")
    landing = record.facts_of("landing")
    return RunSummary(
        run_id=record.run_id,
        seconds=record.seconds,
        data_through=date.fromisoformat(release.manifest["data_through"]),
        currency=str(record.policy["reporting_currency"]),
        landed={name: counts["rows_landed"] for name, counts in landing["domains"].items()},
        quarantined=landing["total"]["rows_quarantined"],
        late=_late(run, previous),
        checks_passed=checks_passed(run),
        warnings=record.warnings,
        release=shown(release.path),
        previous=record.previous_release,
        aside=_aside(run),
        headlines=read_headlines(release.database),
        before=read_headlines(previous.database) if previous else (),
        restatements=release.manifest["restatements"],
        risk=risk_change(release.database, previous.database) if previous else None,
        next_steps=_where_to_look(shown(settings.releases_dir / "current")),
    )


def checks_passed(run: ActiveRun) -> int:
    """Rules of the gates and tests of the models that hold."""
    record = run.record
    gates = [record.facts_of(gate_step(layer)) for layer in LAYERS]
    tests: list[int] = [record.facts_of(step.run_step).get("tests_passed", 0) for step in STEPS]
    rules: list[int] = [
        gate["checks"] - len(gate["errors"]) - len(gate["warnings"]) for gate in gates if gate
    ]
    return sum(tests) + sum(rules)


def failure_of(run: ActiveRun, failure: Failure) -> str:
    """The end of a run that published nothing, with what to do next."""
    record, folder = run.record, run.folder
    step = record.failure["step"] if record.failure else "start"
    looks = {
        **{gate_step(layer): folder / f"{gate_step(layer)}.json" for layer in LAYERS},
        **{dbt_step.run_step: folder / f"{dbt_step.run_step}.log" for dbt_step in STEPS},
    }
    steps = [("look", str(shown(looks[step])))] if step in looks and looks[step].is_file() else []
    retry = f"tenure run{_where(run)} --resume {record.run_id}"
    if step == "release" and failure.exit_code == exit_codes.CHECKS_FAILED:
        retry += ' --reason "why it changed"'
    steps.append(("retry", retry))
    return failure_text(
        step=step,
        message=_without_headline(failure.message),
        readers=readers(run),
        next_steps=steps,
        exit_code=failure.exit_code,
    )


def readers(run: ActiveRun) -> str:
    """What readers see now."""
    try:
        current = current_release(readers_releases_dir(run.settings))
    except PublishingError as error:
        return str(error)
    if current is None:
        return "readers have no release yet"
    published = parse_instant(current.published_at)
    return f"readers still on {current.run_id} ({age(run.now, published)} old)"


def shown(path: Path) -> Path:
    """The path as seen from the current folder, where it lies below it."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def _aside(run: ActiveRun) -> str:
    """What an earlier state is, for the one line that says where it lies."""
    record = run.record
    if not record.is_rebuild:
        return ""
    known = f"as known at {record.known_at:%Y-%m-%d %H:%M:%S} UTC"
    same = f"published by {record.rebuilds}" if record.rebuilds else "never published"
    return f"{known}, {same}; {readers(run)}"


def _without_headline(message: str) -> str:
    """A list of one item is told in one line."""
    lines = message.splitlines()
    return lines[1].removeprefix("  - ") if len(lines) == 2 and lines[0].endswith(":") else message


def _where(run: ActiveRun) -> str:
    """The data directory, when it was named on the command line."""
    words = run.request.command.split()
    return f" --data-dir {run.settings.data_dir}" if "--data-dir" in words else ""


def _late(run: ActiveRun, previous: Release | None) -> list[LateRows]:
    if previous is None:
        return []
    measured_to = parse_instant(previous.manifest["as_of"])
    return late_rows(
        run.settings.landing_dir,
        run.record.facts_of("landing")["load_ids"],
        {
            name: contract.event_time
            for name, contract in load_contracts().items()
            if contract.event_time and contract.load_mode == "append"
        },
        naive_utc(measured_to),
    )


def _where_to_look(current: Path) -> list[tuple[str, str]]:
    database = current / "tenure_bi.duckdb"
    question = (
        "select customer_id, plan, mrr_amount from marts.dim_customers "
        "order by mrr_amount desc limit 10"
    )
    program = (
        f'import duckdb; print(duckdb.connect("{database}", read_only=True).sql("{question}"))'
    )
    return [
        ("read", str(database)),
        ("try", shlex.join([_python(), "-c", program])),
        ("next", "tenure status   make dev (the graph, at http://127.0.0.1:3000)"),
    ]


def _python() -> str:
    """The interpreter that has DuckDB, as short as it can be typed from here."""
    executable = Path(sys.executable)
    here = Path.cwd()
    return str(executable.relative_to(here) if executable.is_relative_to(here) else executable)
