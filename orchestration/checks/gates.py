"""Runs a layer's gate for a run and puts its result on record. Knows nothing of Dagster."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from data_quality.gates import Layer, run_gate
from data_quality.results import GateResult
from data_quality.workspace import GateInputs, Published
from orchestration.active_run import ActiveRun
from orchestration.dbt.manifest import code_version
from orchestration.instants import naive_utc, parse_instant
from orchestration.publishing.catalog import current_release
from orchestration.runs import RunRecord
from orchestration.settings import Settings

LAYERS: tuple[Layer, ...] = ("raw", "staging", "marts", "scores", "metrics")


def gate_step(layer: str) -> str:
    """Name of the step that runs a layer's gate."""
    return f"gate_{layer}"


def check_layer(run: ActiveRun, layer: Layer) -> GateResult:
    """Run a gate and write what it found into the run's folder; does not raise for bad data."""
    inputs = replace(inputs_of(run.settings, run.record, layer), published=published_before(run))
    result = run_gate(layer, inputs)
    run.write_result(f"{gate_step(layer)}.json", result.to_json())
    for warning in result.warnings:
        run.warn(warning.message)
    return result


def inputs_of(settings: Settings, record: RunRecord, layer: Layer) -> GateInputs:
    """What a gate looks at, for the instants and loads of a run."""
    current = current_release(settings.releases_dir)
    return GateInputs(
        as_of=record.as_of,
        known_at=record.known_at,
        landing_dir=settings.landing_dir,
        quarantine_dir=settings.quarantine_dir,
        warehouse=None if layer == "raw" else settings.warehouse_path,
        previous_release=current.database if current else None,
        load_ids=tuple(record.facts_of("landing").get("load_ids", ())),
        duckdb_config=duckdb_config(settings),
    )


def published_before(run: ActiveRun) -> Published | None:
    """What the release that readers see had read, so that a night need not judge its events again.

    None where another project or policy made it, or a later state: then everything is judged.
    """
    current = current_release(run.settings.releases_dir)
    if current is None or run.record.is_rebuild:
        return None
    made = current.manifest
    policy = json.loads(json.dumps(dict(run.record.policy), default=str))
    if (made["code_version"], made["policy"]) != (code_version(), policy):
        return None
    published = Published(
        as_of=naive_utc(parse_instant(made["as_of"])),
        known_at=naive_utc(parse_instant(made["known_at"])),
    )
    is_later = (
        naive_utc(run.record.as_of) >= published.as_of
        and naive_utc(run.record.known_at) >= published.known_at
    )
    return published if is_later else None


def duckdb_config(settings: Settings) -> dict[str, Any]:
    """Settings of every DuckDB connection."""
    return {
        "threads": settings.threads,
        "memory_limit": settings.memory_limit,
        "temp_directory": str(settings.temp_dir),
    }


def told(result: GateResult) -> str:
    """The gate in one line."""
    passed = sum(check.success for check in result.checks)
    warned = f", {len(result.warnings)} warned" if result.warnings else ""
    failed = f", {len(result.errors)} failed" if result.errors else ""
    return f"{passed} checks passed{warned}{failed}"
