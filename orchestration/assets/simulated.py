"""The simulated company's raw files: the first asset, when the source setting is `simulated`."""

from dagster import AssetExecutionContext, MaterializeResult, ResourceParam, asset

from orchestration.active_run import ActiveRun
from orchestration.assets.naming import SIMULATED
from orchestration.ingestion.simulation import simulate
from orchestration.run_request import simulation_config

STEP = "simulate"
NOTHING_READ = "an earlier state: nothing is read"


@asset(
    key=list(SIMULATED),
    group_name="sources",
    kinds={"python", "file"},
    description="Raw files of a simulated subscription business, and the mapping that reads them.",
)
def simulated_company(
    context: AssetExecutionContext, run: ResourceParam[ActiveRun]
) -> MaterializeResult[None]:
    """Write the company's files, or find that they are there already."""
    config = simulation_config(run.settings)
    with run.step(STEP, inputs=config.fingerprint) as step:
        if run.record.is_rebuild:
            step.told = NOTHING_READ
            return MaterializeResult(metadata=step.facts)
        report = simulate(config, run.settings.simulated_dir, context.log.debug)
        rows = sum(report.rows.values())
        step.facts = {"rows": rows, "files": len(report.files), "customers": config.customers}
        step.told = f"{config.customers:,} customers, {rows:,} rows in {len(report.files)} files"
    return MaterializeResult(metadata=step.facts)
