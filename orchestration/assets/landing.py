"""Raw objects in the landing: one asset per contract, all loaded by one step.

Partitions are the days on which deliveries were made or read; a range of days is one run.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from dagster import (
    AssetExecutionContext,
    AssetKey,
    AssetsDefinition,
    AssetSpec,
    BackfillPolicy,
    MaterializeResult,
    ResourceParam,
    multi_asset,
)

from data_quality.contracts import load_contracts
from orchestration.active_run import ActiveRun
from orchestration.assets.naming import SIMULATED
from orchestration.backfill_plan import window_of
from orchestration.earlier_states import last_seen
from orchestration.ingestion.compaction import compact
from orchestration.ingestion.ingest import IngestReport, LoadResult, ingest, recover
from orchestration.instants import naive_utc
from orchestration.partitions import WAREHOUSE_POOL, raw_days

STEP = "landing"
COUNTS = (
    "rows_read", "rows_landed", "rows_already_landed", "rows_filtered", "rows_quarantined",
    "rows_deleted",
)  # fmt: skip


class IngestFailedError(Exception):
    """Objects that could not be loaded; the message says why and what to do, object by object."""


def landing_assets(*, is_simulated: bool) -> AssetsDefinition:
    """Return the landing's assets.

    Args:
        is_simulated: Whether they are read from the simulated company's files.
    """
    upstream = [AssetKey(list(SIMULATED))] if is_simulated else []
    contracts = load_contracts()

    @multi_asset(
        name="landing",
        specs=[
            AssetSpec(
                ["landing", name],
                deps=upstream,
                group_name=contract.domain,
                kinds={"parquet"},
                description=contract.description,
                partitions_def=raw_days(),
            )
            for name, contract in contracts.items()
        ],
        can_subset=True,
        backfill_policy=BackfillPolicy.single_run(),
        pool=WAREHOUSE_POOL,
    )
    def landing(
        context: AssetExecutionContext, run: ResourceParam[ActiveRun]
    ) -> Iterator[MaterializeResult[None]]:
        selected = {key.path[-1] for key in context.selected_asset_keys}
        before = run.record.facts_of(STEP)
        with run.step(STEP) as step:
            report = _landed_before(run) or land(run, sorted(selected), context.log.info)
            step.facts = added(before, facts_of(report))
            step.told = told(report)
            for warning in report.warnings:
                run.warn(warning)
        by_name = {result.object: result for result in report.results}
        for name in contracts:
            if name in selected:
                yield MaterializeResult(
                    asset_key=["landing", name], metadata=_metadata(by_name.get(name))
                )

    return landing


def land(run: ActiveRun, objects: Sequence[str], tell: Any) -> IngestReport:
    """Load what is new, or what a backfill's window names.

    Raises:
        IngestFailedError: Some object could not be loaded; nothing may be published then.
    """
    mapping = run.mapping()
    run.record.policy = run.policy
    window = window_of(*run.record.window) if run.record.window else None
    seen = last_seen(run.settings)
    _compact_past_months(run, objects)
    report = ingest(
        mapping,
        run.settings,
        naive_utc(run.record.started_at),
        objects=[name for name in mapping.objects if name in objects],
        until=naive_utc(run.record.until) if run.record.until else None,
        window=window,
        force=window is not None,
        seen_until=naive_utc(seen) if seen else None,
        progress=tell,
    )
    if not report.is_ok:
        listed = "\n".join(f"  - {result.object}: {result.message}" for result in report.failures)
        raise IngestFailedError(f"{len(report.failures)} object(s) could not be loaded:\n{listed}")
    return report


def _landed_before(run: ActiveRun) -> IngestReport | None:
    """For an earlier state, an empty report: it is built from what is landed already."""
    if not run.record.is_rebuild:
        return None
    run.record.policy = run.policy
    return IngestReport((), tuple(recover(run.settings)))


def _compact_past_months(run: ActiveRun, objects: Sequence[str]) -> None:
    """Years of nightlies would be thousands of small files; rows keep the time they became known."""
    this_month = run.record.started_at.date().replace(day=1)
    for name in objects:
        compact(
            run.settings.landing_dir,
            name,
            this_month,
            threads=run.settings.threads,
            memory_limit=run.settings.memory_limit,
        )


def facts_of(report: IngestReport) -> dict[str, Any]:
    """Counts in total, by domain and by object, and the loads that were made."""
    contracts = load_contracts()
    domains: dict[str, dict[str, int]] = {}
    for result in report.results:
        counts = domains.setdefault(contracts[result.object].domain, dict.fromkeys(COUNTS, 0))
        for count in COUNTS:
            counts[count] += result.total(count)
    return {
        "total": {count: report.total(count) for count in COUNTS},
        "domains": domains,
        "objects": {
            result.object: {"status": result.status}
            | {count: result.total(count) for count in COUNTS if result.total(count)}
            for result in report.results
        },
        "bytes": sum(
            file.size
            for result in report.results
            for record in result.records
            if record.status == "landed"
            for file in record.files
        ),
        "load_ids": sorted(
            {
                record.load_id
                for result in report.results
                for record in result.records
                if record.status == "landed"
            }
        ),
    }


def added(before: dict[str, Any], now: dict[str, Any]) -> dict[str, Any]:
    """Facts of a resumed run: counts add up, loads join, anything else is as it is now."""
    total: dict[str, Any] = dict(before)
    for name, value in now.items():
        known = before.get(name)
        if isinstance(value, dict) and isinstance(known, dict):
            total[name] = added(known, value)
        elif isinstance(value, list) and isinstance(known, list):
            total[name] = sorted({*known, *value})
        elif isinstance(value, int) and isinstance(known, int):
            total[name] = known + value
        else:
            total[name] = value
    return total


def told(report: IngestReport) -> str:
    """The load in one line."""
    if not report.total("rows_landed") and not report.total("rows_quarantined"):
        return "nothing new"
    quarantined = report.total("rows_quarantined")
    return (
        f"{report.total('rows_read'):,} rows read, {report.total('rows_landed'):,} landed, "
        f"{quarantined:,} quarantined"
    )


def _metadata(result: LoadResult | None) -> dict[str, Any]:
    if result is None:
        return {"status": "not mapped"}
    return {"status": result.status} | {count: result.total(count) for count in COUNTS}
