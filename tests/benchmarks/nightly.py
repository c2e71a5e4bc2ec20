"""A night with one new day against a build of everything, `tenure run` from end to end, by phase.

The company's raw files are all there; `--until` says which deliveries have come. One data directory is
filled up to the last nights, which then come one by one; another is filled at one go. Their marts must
be equal: a quick night with other numbers would be no night.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from datetime import date, timedelta
from pathlib import Path
from statistics import median
from typing import Any

import duckdb

from orchestration.settings import PROJECT_ROOT
from tests.benchmarks import metered_dbt, metered_run
from tests.benchmarks.costs import Cost, cost_of, middle
from tests.benchmarks.sizes import Size

PROGRAM = "from tests.benchmarks.metered_run import main; main()"
GATES = ("gate_raw", "gate_staging", "gate_marts", "gate_scores")


def measure_nightly(
    size: Size, work: Path, *, nights: int, checkout: Path, is_compared: bool = True
) -> dict[str, Any]:
    """Measure a full build and some nights.

    Args:
        size: The company.
        work: Folder for everything that is written.
        nights: How many nights come one by one; their median counts.
        checkout: The code that is measured, with this project's instruments.
        is_compared: Fill a second directory at one go and compare the marts. Without, the full build
            is the one before the nights; for companies that take an hour.
    """
    mapping = size.raw_files(work)
    last = size.last_day
    one_by_one, at_once = work / "one_by_one", work / "at_once"
    for folder in (one_by_one, at_once):
        shutil.rmtree(folder, ignore_errors=True)
    try:
        full, full_phases = _run(mapping, one_by_one, last - timedelta(days=nights), checkout)
        costs, phases = [], []
        for back in reversed(range(nights)):
            cost, spent = _run(mapping, one_by_one, last - timedelta(days=back), checkout)
            costs.append(cost)
            phases.append(spent)
        if is_compared:
            full, full_phases = _run(mapping, at_once, last, checkout)
            differing = differing_marts(one_by_one, at_once)
            if differing:
                raise AssertionError(f"Nights and full build differ in {', '.join(differing)}")
    finally:
        for folder in (one_by_one, at_once):
            shutil.rmtree(folder, ignore_errors=True)
    night = middle(costs)
    return {
        "costs": {
            "full_build": full.plain() | {"phases": full_phases},
            "night": night.plain() | {"phases": _middle_phases(phases)},
        },
        "nights": nights,
        "marts_compared": is_compared,
        "ratios": {
            "night_to_full_build": round(night.cpu_seconds / full.cpu_seconds, 3),
            **shares(_middle_phases(phases), night),
        },
    }


def shares(phases: dict[str, float], total: Cost) -> dict[str, float]:
    """Each phase's share of the CPU seconds."""
    return {f"share_{name}": round(spent / total.cpu_seconds, 3) for name, spent in phases.items()}


def differing_marts(one: Path, other: Path) -> list[str]:
    """Marts that are not the same set of rows in two data directories."""
    with duckdb.connect() as connection:
        for name, folder in (("one", one), ("other", other)):
            path = folder / "warehouse" / "tenure.duckdb"
            connection.execute(f"attach '{path}' as {name} (read_only)")
        tables = connection.execute(
            "select table_name from duckdb_tables() where database_name = 'one' "
            "and schema_name = 'marts' order by all"
        ).fetchall()
        assert tables, "no marts were built"
        return [
            table
            for (table,) in tables
            if connection.execute(
                f"select count(*) from ("
                f"(from one.marts.{table} except all from other.marts.{table}) union all "
                f"(from other.marts.{table} except all from one.marts.{table}))"
            ).fetchone()
            != (0,)
        ]


def _run(mapping: Path, data: Path, until: date, checkout: Path) -> tuple[Cost, dict[str, float]]:
    data.mkdir(parents=True, exist_ok=True)
    report, dbt_report = data / "bench.json", data / "bench_dbt.jsonl"
    dbt_report.unlink(missing_ok=True)
    environment = {
        **os.environ,
        # The measured code first, then this project for the instruments.
        "PYTHONPATH": os.pathsep.join([str(checkout), str(PROJECT_ROOT)]),
        "GX_ANALYTICS_ENABLED": "false",
        "DAGSTER_DISABLE_TELEMETRY": "1",
        "DO_NOT_TRACK": "1",
        "OMP_NUM_THREADS": "1",
        metered_run.REPORT: str(report),
        metered_dbt.REPORT: str(dbt_report),
    }
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    command = [
        sys.executable, "-c", PROGRAM,
        "run", "--source", str(mapping), "--data-dir", str(data), "--until", until.isoformat(),
    ]  # fmt: skip
    cost = cost_of(command, environment, checkout, data / "bench.log")
    return cost, phases_of(json.loads(report.read_text(encoding="utf-8")), cost)


def phases_of(report: dict[str, Any], total: Cost) -> dict[str, float]:
    """CPU seconds by phase; they sum to those of the run.

    Imports and start-up of Python and of dbt are phases of their own, wherever they happen. What is
    left (Dagster, reading records, writing the summary) is `orchestration`.
    """
    steps, dbt = report["steps"], report["dbt"]

    def own(*names: str) -> float:
        return sum(steps[name]["own"] for name in names if name in steps)

    phases = {
        "python_imports": report["imports"],
        "dbt_imports": sum(run["imports"] for run in dbt),
        "dbt_parse": sum(run["parse"] for run in dbt),
        "dbt_models_and_tests": sum(run["all"] - run["imports"] - run["parse"] for run in dbt),
        "landing": own("landing"),
        "gates": own(*GATES),
        "scores": own("scores"),
        "publishing": own("release"),
    }
    phases["orchestration"] = total.cpu_seconds - sum(phases.values())
    return {name: round(spent, 2) for name, spent in phases.items()}


def _middle_phases(phases: list[dict[str, float]]) -> dict[str, float]:
    return {name: round(median(spent[name] for spent in phases), 2) for name in phases[0]}
