"""Runs a layer's gate for a run and puts its result on record. Knows nothing of Dagster."""

from __future__ import annotations

from typing import Any

from data_quality.gates import Layer, run_gate
from data_quality.results import GateResult
from data_quality.workspace import GateInputs
from orchestration.active_run import ActiveRun
from orchestration.publishing.catalog import current_release
from orchestration.runs import RunRecord
from orchestration.settings import Settings

LAYERS: tuple[Layer, ...] = ("raw", "staging", "marts", "scores")


def gate_step(layer: str) -> str:
    """Name of the step that runs a layer's gate."""
    return f"gate_{layer}"


def check_layer(run: ActiveRun, layer: Layer) -> GateResult:
    """Run a gate and write what it found into the run's folder; does not raise for bad data."""
    result = run_gate(layer, inputs_of(run.settings, run.record, layer))
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
