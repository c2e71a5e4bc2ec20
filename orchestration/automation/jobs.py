"""Jobs: the whole nightly, and the same over a range of days of raw deliveries."""

from __future__ import annotations

from dagster import AssetSelection, define_asset_job, in_process_executor

# One process: DuckDB has one writer, and a process per step costs more than the work.
NIGHTLY = "nightly"
BACKFILL = "backfill"

nightly_job = define_asset_job(
    NIGHTLY,
    selection=AssetSelection.all(),
    description="Load what is new, build, check, score and publish.",
    executor_def=in_process_executor,
)

backfill_job = define_asset_job(
    BACKFILL,
    selection=AssetSelection.all(),
    description="Read the deliveries of a range of days again, then build, check, score and publish.",
    executor_def=in_process_executor,
)
