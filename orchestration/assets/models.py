"""dbt's models as assets, split where gates and scores stand: staging with seeds, marts, what reads scores.

dbt's own results become materialisations and check results; a test that fails stops the run, since a
failed check alone would not (dagster#29896).
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from dagster import (
    AssetCheckKey,
    AssetCheckResult,
    AssetCheckSeverity,
    AssetExecutionContext,
    AssetKey,
    AssetsDefinition,
    MaterializeResult,
    ResourceParam,
)
from dagster_dbt import dbt_assets

from orchestration.active_run import ActiveRun
from orchestration.assets.naming import asset_path
from orchestration.assets.translator import Translator
from orchestration.dbt.build import DbtPlace, build, raise_if_bad
from orchestration.dbt.commands import (
    NOT_NIGHTLY,
    STEPS,
    DbtStep,
    environment,
    overrides,
    run_instants,
)
from orchestration.dbt.manifest import build_target_dir
from orchestration.dbt.outcome import DbtOutcome, NodeResult
from orchestration.partitions import WAREHOUSE_POOL

ModelEvent = MaterializeResult[None] | AssetCheckResult

_BUILT = {"success"}
_TOLD_AS_WARNING = {"warn"}


def model_assets(manifest: Mapping[str, Any]) -> list[AssetsDefinition]:
    """Return the assets of every dbt step."""
    return [_assets_of(manifest, step) for step in STEPS]


def _assets_of(manifest: Mapping[str, Any], dbt_step: DbtStep) -> AssetsDefinition:
    @dbt_assets(
        manifest=manifest,
        name=dbt_step.run_step,
        select=dbt_step.selection,
        exclude=" ".join([f"resource_type:{NOT_NIGHTLY}", *dbt_step.exclude]),
        dagster_dbt_translator=Translator(),
        pool=WAREHOUSE_POOL,
    )
    def models(
        context: AssetExecutionContext, run: ResourceParam[ActiveRun]
    ) -> Iterator[ModelEvent]:
        with run.step(dbt_step.run_step) as step:
            outcome = _build(context, run, manifest, dbt_step)
            kinds = {name: node["resource_type"] for name, node in manifest["nodes"].items()}
            step.facts = outcome.summary(kinds)
            step.told = told(step.facts)
            yield from events(outcome, manifest, context.selected_asset_check_keys)
            raise_if_bad(outcome, manifest, run.settings.warehouse_path)

    return models


def _build(
    context: AssetExecutionContext, run: ActiveRun, manifest: Mapping[str, Any], step: DbtStep
) -> DbtOutcome:
    record = run.record
    record.policy = run.policy
    target = build_target_dir(run.settings)
    place = DbtPlace(
        target_dir=target,
        run_dir=run.folder,
        environment=environment(run.settings, os.environ, target)
        | run_instants(record.as_of, record.known_at),
        lock=run.lock,
    )
    select = []
    if context.is_subset:
        wanted = {tuple(key.path) for key in context.selected_asset_keys}
        select = sorted(
            node["name"] for node in manifest["nodes"].values() if tuple(_path(node)) in wanted
        )
    return build(step, overrides(record.policy), place, select)


def _path(node: Mapping[str, Any]) -> list[str]:
    return asset_path(node) if node["resource_type"] in {"model", "seed"} else []


def events(
    outcome: DbtOutcome, manifest: Mapping[str, Any], checks: Iterable[AssetCheckKey]
) -> Iterator[ModelEvent]:
    """Turn dbt's results into materialisations and results of asset checks.

    Args:
        outcome: What dbt did.
        manifest: dbt's manifest.
        checks: Checks that the step declares; other tests are about no single table.
    """
    declared = {key.name: key for key in checks}
    for result in outcome.results:
        node = manifest["nodes"].get(result.unique_id)
        if node is None:
            continue
        if node["resource_type"] in {"model", "seed"} and result.status in _BUILT:
            yield MaterializeResult(
                asset_key=AssetKey(asset_path(node)),
                metadata={"seconds": result.seconds, "unique_id": result.unique_id},
            )
        elif node["name"] in declared:
            yield _check(result, declared[node["name"]])


def _check(result: NodeResult, key: AssetCheckKey) -> AssetCheckResult:
    warned = result.status in _TOLD_AS_WARNING
    return AssetCheckResult(
        asset_key=key.asset_key,
        check_name=key.name,
        passed=result.status == "pass",
        severity=AssetCheckSeverity.WARN if warned else AssetCheckSeverity.ERROR,
        metadata={"failing_rows": result.failing_rows or 0, "message": result.message},
    )


def told(facts: Mapping[str, Any]) -> str:
    """The step in one line."""
    nodes = facts["nodes"]
    built = ", ".join(f"{nodes[kind]} {kind}s" for kind in ("seed", "model") if nodes.get(kind))
    failed = f", {facts['tests_failed']} failed" if facts["tests_failed"] else ""
    warned = f", {facts['tests_warned']} warned" if facts["tests_warned"] else ""
    return f"{built or 'nothing built'}, {facts['tests_passed']} tests passed{warned}{failed}"
