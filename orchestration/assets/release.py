"""The release: what readers see, made from marts and scores that passed every gate of this run."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from dagster import (
    AssetExecutionContext,
    AssetKey,
    AssetsDefinition,
    FreshnessPolicy,
    MaterializeResult,
    ResourceParam,
    asset,
)

from data_quality.restatement import (
    ReleaseChange,
    Restatement,
    find_restatements,
    restatement_gate,
)
from data_quality.results import raise_if_failed
from orchestration.active_run import ActiveRun
from orchestration.assets.naming import RELEASE
from orchestration.checks.gates import LAYERS, duckdb_config, gate_step, inputs_of
from orchestration.dbt.commands import STEPS
from orchestration.dbt.facts import objects_of_marts, reach_of_marts, table_facts
from orchestration.dbt.manifest import code_version
from orchestration.earlier_states import (
    CHECKSUMS_BY,
    RebuildSettings,
    checksums,
    differences,
    remove_warehouse,
)
from orchestration.instants import data_through
from orchestration.partitions import WAREHOUSE_POOL
from orchestration.publishing.catalog import Release, current_release
from orchestration.publishing.publish import CompareReleases, publish
from orchestration.publishing.request import ReleaseRequest, RunFacts
from orchestration.runs import load_record

STEP = "release"


class NothingToVouchForError(Exception):
    """A release was asked for in a run that did not pass every gate itself."""


def release_asset(
    manifest: Mapping[str, Any], published: Sequence[AssetKey], *, freshness: FreshnessPolicy
) -> AssetsDefinition:
    """Return the asset of the release.

    Args:
        manifest: dbt's manifest.
        published: Marts and scores that the release holds.
        freshness: How old it may get.
    """

    @asset(
        key=list(RELEASE),
        deps=list(published),
        group_name="release",
        kinds={"duckdb", "parquet"},
        freshness_policy=freshness,
        description="The published release that BI tools and people read: DuckDB, Parquet, manifest.",
        pool=WAREHOUSE_POOL,
    )
    def release(
        context: AssetExecutionContext,  # noqa: ARG001 - Dagster's signature
        run: ResourceParam[ActiveRun],
    ) -> MaterializeResult[None]:
        with run.step(STEP) as step:
            _refuse_part_of_a_run(run)
            made = publish(_request(run, manifest), compare=_compare(run, manifest))
            run.record.release = made.run_id
            tables = made.manifest["tables"]
            step.facts = {
                "run_id": made.run_id,
                "path": str(made.path),
                "tables": len(tables),
                "rows": sum(table["rows"] for table in tables.values()),
                "restatements": len(made.manifest["restatements"]),
                "code_version": made.manifest["code_version"],
                "checksums": checksums(tables),
                "checksums_by": CHECKSUMS_BY,
            }
            step.told = f"{made.run_id}, {len(tables)} tables, {step.facts['rows']:,} rows"
            if isinstance(run.settings, RebuildSettings):
                step.told += _compared(run, made)
                remove_warehouse(run.settings)
        return MaterializeResult(metadata=step.facts)

    return release


def _compared(run: ActiveRun, made: Release) -> str:
    """Whether an earlier state is what a run published then; differences are put on record."""
    if run.record.rebuilds is None:
        return ""
    before = load_record(run.settings.runs_dir, run.record.rebuilds)
    found = differences(before, made.manifest["tables"], made.manifest["code_version"])
    for difference in found:
        run.warn(difference)
    return f", {'unlike' if found else 'the same as'} {before.run_id}"


def _refuse_part_of_a_run(run: ActiveRun) -> None:
    missing = [
        layer
        for layer in LAYERS
        if not run.record.is_done(gate_step(layer), "")
        or not run.record.facts_of(gate_step(layer))["passed"]
    ]
    if missing:
        raise NothingToVouchForError(
            f"This run did not pass the gates of {', '.join(missing)}. A release is made by the "
            "whole nightly job: `tenure run`."
        )


def _request(run: ActiveRun, manifest: Mapping[str, Any]) -> ReleaseRequest:
    settings, record = run.settings, run.record
    return ReleaseRequest(
        warehouse=settings.warehouse_path,
        releases_dir=settings.releases_dir,
        run=RunFacts(
            run_id=record.run_id,
            as_of=record.as_of,
            known_at=record.known_at,
            data_through=data_through(record.as_of, run.zone),
            published_at=run.now,
            code_version=code_version(),
            policy=record.policy,
            checks=checks_of(run),
        ),
        tables=table_facts(manifest),
        personal_data=settings.personal_data,
        personal_data_salt=settings.personal_data_salt.get_secret_value(),
        keep=settings.keep_releases,
        duckdb_config=duckdb_config(settings),
    )


def checks_of(run: ActiveRun) -> dict[str, Any]:
    """Summaries of the run's gates and of dbt's tests, by layer."""
    names = [gate_step(layer) for layer in LAYERS]
    return {
        name: run.record.facts_of(name)
        for name in [*names, *(step.run_step for step in STEPS)]
        if name in run.record.steps
    }


def _compare(run: ActiveRun, manifest: Mapping[str, Any]) -> CompareReleases:
    """Compare closed months of the staged release with what readers see now."""

    def compare(staged: Path, previous: Path) -> list[dict[str, Any]]:
        before = current_release(run.settings.releases_dir)
        change = ReleaseChange(
            staged=staged,
            previous=previous,
            policy=run.record.policy,
            previous_policy=before.manifest["policy"] if before else {},
            objects_of_mart=objects_of_marts(manifest),
            reach_of_mart=reach_of_marts(manifest),
            reason=run.record.reason,
        )
        found: list[Restatement] = find_restatements(
            change, inputs_of(run.settings, run.record, "marts")
        )
        raise_if_failed(restatement_gate(found))
        return [dict(restatement.as_row()) for restatement in found]

    return compare
