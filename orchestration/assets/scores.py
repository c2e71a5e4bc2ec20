"""Scores as assets: health card, churn probabilities, then lifetime values, on validated marts."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from dagster import (
    AssetExecutionContext,
    AssetKey,
    AssetsDefinition,
    AssetSpec,
    MaterializeResult,
    ResourceParam,
    multi_asset,
)

from orchestration.active_run import ActiveRun
from orchestration.assets.naming import SCORES_GROUP
from orchestration.dbt.facts import score_tables_of
from orchestration.earlier_states import RebuildSettings
from orchestration.instants import naive_utc
from orchestration.partitions import WAREHOUSE_POOL
from orchestration.scoring.lifetime_value.seeds import SEED as VALUATION_SEED
from orchestration.scoring.warehouse.churn import score_churn
from orchestration.scoring.warehouse.churn_tables import CHURN_TABLES
from orchestration.scoring.warehouse.health_card import INPUTS, SEEDS, score_warehouse
from orchestration.scoring.warehouse.lifetime_value import MONTHS, TERMS
from orchestration.scoring.warehouse.lifetime_value_tables import LIFETIME_VALUE_TABLES
from orchestration.scoring.warehouse.past_quarters import SNAPSHOTS
from orchestration.scoring.warehouse.published_before import carry_over
from orchestration.scoring.warehouse.tables import POINTS_LOST, SCORES
from orchestration.scoring.warehouse.valuation import value_warehouse

STEP = "scores"
TABLES = (SCORES, POINTS_LOST, *CHURN_TABLES, *LIFETIME_VALUE_TABLES)


def score_assets(manifest: Mapping[str, Any], validated: Sequence[AssetKey]) -> AssetsDefinition:
    """Return the assets of the scores.

    Args:
        manifest: dbt's manifest, where the tables are described.
        validated: Marts whose gate must have passed before anything is scored.
    """
    inputs = [
        *(AssetKey(table.split(".")) for table in (INPUTS, SNAPSHOTS, MONTHS, TERMS)),
        *(AssetKey(["reference", seed]) for seed in (*SEEDS, VALUATION_SEED)),
    ]
    described = score_tables_of(manifest)
    upstream = [*inputs, *(key for key in validated if key not in inputs)]

    @multi_asset(
        name="scores",
        specs=[
            AssetSpec(
                ["scores", table],
                deps=upstream,
                group_name=SCORES_GROUP,
                kinds={"python", "duckdb"},
                description=described[table]["description"],
            )
            for table in TABLES
        ],
        pool=WAREHOUSE_POOL,
    )
    def scores(
        context: AssetExecutionContext,  # noqa: ARG001 - Dagster's signature
        run: ResourceParam[ActiveRun],
    ) -> Iterator[MaterializeResult[None]]:
        with run.step(STEP) as step:
            settings = run.settings
            if isinstance(settings, RebuildSettings):
                carry_over(settings.company_warehouse_path, settings.warehouse_path)
            summary = score_warehouse(
                settings.warehouse_path,
                naive_utc(run.record.as_of),
                threads=settings.threads,
                memory_limit=settings.memory_limit,
            )
            churn = score_churn(
                settings.warehouse_path,
                as_of=naive_utc(run.record.as_of),
                threads=settings.threads,
                memory_limit=settings.memory_limit,
            )
            valued = value_warehouse(
                settings.warehouse_path,
                as_of=naive_utc(run.record.as_of),
                threads=settings.threads,
                memory_limit=settings.memory_limit,
            )
            step.facts = _plain(asdict(summary) | asdict(churn) | asdict(valued))
            step.told = (
                f"{summary.customers:,} customers scored, "
                f"{summary.insufficient_data:,} with insufficient data; "
                f"churn probability: {churn.verdicts}"
            )
        for table in TABLES:
            yield MaterializeResult(asset_key=["scores", table], metadata=step.facts)

    return scores


def _plain(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value if isinstance(value, int | float | str | None) else str(value)
        for name, value in facts.items()
    }
