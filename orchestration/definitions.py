"""Everything Dagster knows of Tenure, assembled from settings and dbt's prepared manifest.

Loading needs no database, no network and no dbt call. `tenure prepare` writes the manifest.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dagster import (
    AssetKey,
    AssetsDefinition,
    Definitions,
    LoggerDefinition,
    ResourceDefinition,
    definitions,
    in_process_executor,
)

from data_quality.contracts import load_contracts
from orchestration.assets.landing import landing_assets
from orchestration.assets.models import model_assets
from orchestration.assets.naming import asset_path
from orchestration.assets.release import release_asset
from orchestration.assets.scores import TABLES, score_assets
from orchestration.assets.simulated import simulated_company
from orchestration.automation.freshness import nightly_freshness
from orchestration.automation.jobs import backfill_job, nightly_job
from orchestration.automation.schedules import nightly_schedule
from orchestration.automation.sensors import failure_sensor
from orchestration.checks.asset_checks import gate
from orchestration.dbt.manifest import models_of, read_manifest
from orchestration.resources import RunResource
from orchestration.run_request import SIMULATED
from orchestration.settings import Settings


def build_defs(
    settings: Settings,
    *,
    manifest: Mapping[str, Any],
    run: ResourceDefinition | RunResource | None = None,
    loggers: Mapping[str, LoggerDefinition] | None = None,
) -> Definitions:
    """Assemble the definitions; nothing is read, written or started.

    Args:
        settings: Deployment settings.
        manifest: dbt's manifest.
        run: Resource of the run; by default each of Dagster's runs opens its own.
        loggers: Where Dagster's log goes, if not to the console.
    """
    raw = [AssetKey(["landing", name]) for name in load_contracts()]
    staging = _keys(manifest, "staging")
    marts, scored = _keys(manifest, "marts"), _keys(manifest, "marts", scored=True)
    scores = [AssetKey(["scores", table]) for table in TABLES]
    is_simulated = settings.source == SIMULATED
    assets: list[AssetsDefinition] = [
        *([simulated_company] if is_simulated else []),
        landing_assets(is_simulated=is_simulated),
        *model_assets(manifest),
        score_assets(manifest, marts),
        release_asset(manifest, [*marts, *scores, *scored], freshness=nightly_freshness()),
    ]
    return Definitions(
        assets=assets,
        asset_checks=[
            gate("raw", raw),
            gate("staging", staging),
            gate("marts", marts),
            gate("scores", scores),
            gate("metrics", scored),
        ],
        jobs=[nightly_job, backfill_job],
        sensors=[failure_sensor(settings.alert_webhook_url)],
        schedules=[nightly_schedule(settings.nightly_cron)],
        resources={"run": run or RunResource()},
        executor=in_process_executor,
        loggers=loggers,
    )


def _keys(manifest: Mapping[str, Any], schema: str, *, scored: bool = False) -> list[AssetKey]:
    """Models of a schema: those that read scores, or the others."""
    return sorted(
        AssetKey(asset_path(node))
        for node in models_of(manifest, schema).values()
        if ("scored" in node["tags"]) == scored
    )


@definitions
def defs() -> Definitions:
    """What `dagster dev` and the daemon load; importing this module alone loads nothing.

    Raises:
        ManifestMissingError: dbt's manifest was not prepared yet.
    """
    settings = Settings()
    return build_defs(settings, manifest=read_manifest(settings))
