"""`tenure doctor`: is everything in place for a run, and what would a mapping load?"""

from __future__ import annotations

import os
import shutil
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

from orchestration.cli import exit_codes
from orchestration.cli.failures import guarded
from orchestration.cli.output import settings_with, write, write_json
from orchestration.dbt.commands import policy_of
from orchestration.ingestion.diagnose import Diagnosis, diagnose
from orchestration.ingestion.mapping_parser import load_mapping
from orchestration.instants import parse_zone
from orchestration.settings import Settings

SIMULATED = "simulated"
FEWEST_FREE_BYTES = 1_000_000_000


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        name: What.
        told: How it is.
        problem: What to do about it; empty when all is well.
    """

    name: str
    told: str
    problem: str = ""


def examine(mapping: Path | None, data_dir: Path | None, *, as_json: bool, debug: bool) -> int:
    """Look at the settings, the place and the mapping; 2 when something must be put right."""

    def work() -> int:
        settings = settings_with(None, data_dir)
        path = mapping or (None if settings.source == SIMULATED else Path(settings.source))
        findings = _findings(settings)
        diagnosis = _diagnosis(path) if path else None
        problems = [finding.problem for finding in findings if finding.problem]
        problems += list(diagnosis.problems) if diagnosis else []
        if as_json:
            write_json(
                {
                    "findings": [asdict(finding) for finding in findings],
                    "mapping": asdict(diagnosis) if diagnosis else None,
                    "problems": problems,
                }
            )
        else:
            write("\n".join(_lines(findings, path, diagnosis, len(problems))))
        return exit_codes.USAGE if problems else exit_codes.OK

    return guarded(work, debug=debug)


def _diagnosis(path: Path) -> Diagnosis:
    found = load_mapping(path)
    parse_zone(str(policy_of(found.policy)["reporting_timezone"]))
    return diagnose(found)


def _findings(settings: Settings) -> list[Finding]:
    versions = ", ".join(f"{name} {version(name)}" for name in ("dbt-core", "duckdb", "dagster"))
    place = _existing_parent(settings.data_dir)
    free = shutil.disk_usage(place).free
    return [
        Finding("tools", versions),
        Finding(
            "data",
            f"{settings.data_dir}",
            "" if os.access(place, os.W_OK) else f"{place} cannot be written: set TENURE_DATA_DIR.",
        ),
        Finding(
            "disk",
            f"{free / 1e9:,.1f} GB free",
            "" if free > FEWEST_FREE_BYTES else f"Less than 1 GB is free at {place}.",
        ),
        Finding("limits", f"{settings.threads} threads, {settings.memory_limit} for each DuckDB"),
        Finding(
            "personal",
            settings.personal_data,
            "Set TENURE_PERSONAL_DATA_SALT: hashes without a secret can be guessed."
            if settings.personal_data == "hash"
            and not settings.personal_data_salt.get_secret_value()
            else "",
        ),
        Finding("source", settings.source),
    ]


def _existing_parent(path: Path) -> Path:
    return next(parent for parent in (path, *path.parents) if parent.is_dir())


def _lines(
    findings: list[Finding], path: Path | None, diagnosis: Diagnosis | None, problems: int
) -> list[str]:
    lines = []
    for finding in findings:
        lines.append(f"{finding.name:<9} {finding.told}")
        lines += [f"{'':<9} problem: {finding.problem}"] if finding.problem else []
    if diagnosis is not None:
        lines += [f"mapping   {path}", *(f"          {line}" for line in diagnosis.lines())]
    if problems:
        return [*lines, f"{problems} problem(s): put them right, then run `tenure doctor` again."]
    command = f"tenure run --source {path}" if path else "tenure run"
    return [*lines, f"No problem found. Next: {command}"]
