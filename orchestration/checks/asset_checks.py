"""The gates as asset checks: one blocking check per table and layer, all run by one step.

Blocking makes downstream assets wait; raising stops them, since a failed check alone does not fail a
run (dagster#29896). Results that are about no single table appear on the layer's first table.
"""

from collections.abc import Iterator, Sequence

from dagster import (
    AssetCheckExecutionContext,
    AssetCheckResult,
    AssetChecksDefinition,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetKey,
    ResourceParam,
    multi_asset_check,
)

from data_quality.gates import Layer
from data_quality.results import CheckResult, GateResult, raise_if_failed
from orchestration.active_run import ActiveRun
from orchestration.checks.gates import check_layer, gate_step, told
from orchestration.partitions import WAREHOUSE_POOL


def gate(layer: Layer, tables: Sequence[AssetKey]) -> AssetChecksDefinition:
    """Return the checks of a layer's gate.

    Args:
        layer: The layer.
        tables: Assets of the layer; the first takes results that are about no single one.
    """
    name = gate_step(layer)

    @multi_asset_check(
        name=name,
        specs=[
            AssetCheckSpec(
                name,
                asset=key,
                blocking=True,
                description=f"Rules of the {layer} gate for this table (data_quality/suites).",
            )
            for key in tables
        ],
        pool=WAREHOUSE_POOL,
    )
    def run_checks(
        context: AssetCheckExecutionContext,  # noqa: ARG001 - Dagster's signature
        run: ResourceParam[ActiveRun],
    ) -> Iterator[AssetCheckResult]:
        with run.step(name) as step:
            result = check_layer(run, layer)
            step.facts = result.summary()
            step.told = told(result)
            yield from check_results(result, tables)
            raise_if_failed(result)

    return run_checks


def check_results(result: GateResult, tables: Sequence[AssetKey]) -> Iterator[AssetCheckResult]:
    """One result per table of the layer."""
    by_table: dict[AssetKey, list[CheckResult]] = {key: [] for key in tables}
    known = {"/".join(key.path): key for key in tables}
    for check in result.checks:
        key = known.get(check.table.replace(".", "/"), tables[0])
        by_table[key].append(check)
    for key, checks in by_table.items():
        failed = [check for check in checks if not check.success]
        stops = any(check.stops_the_run for check in failed)
        yield AssetCheckResult(
            asset_key=key,
            check_name=gate_step(result.layer),
            passed=not failed,
            severity=AssetCheckSeverity.ERROR if stops else AssetCheckSeverity.WARN,
            metadata={
                "rules": len(checks),
                **{f"broken {n}": check.message for n, check in enumerate(failed, 1)},
            },
        )
