"""Partitions and pools: what may be run by day, and what never runs side by side."""

from __future__ import annotations

from functools import cache

from dagster import DailyPartitionsDefinition

# DuckDB has one writer; every step that may open the warehouse waits for this pool.
WAREHOUSE_POOL = "warehouse"

# Days on which raw data is delivered or read, far enough back for any history that is loaded.
FIRST_RAW_DAY = "2010-01-01"


@cache
def raw_days() -> DailyPartitionsDefinition:
    """Days (UTC) of the raw loads, today included; one object, whose 6,000 days are counted once."""
    return DailyPartitionsDefinition(start_date=FIRST_RAW_DAY, end_offset=1)
