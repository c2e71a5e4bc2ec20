"""Late data of a run: rows that it landed for months which an earlier release had covered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import duckdb


@dataclass(frozen=True)
class LateRows:
    """Rows of one object and month that came after the month was published."""

    object: str
    month: date
    rows: int


def late_rows(
    landing_dir: Path,
    load_ids: Sequence[str],
    event_times: Mapping[str, str],
    published_to: datetime,
) -> list[LateRows]:
    """Count what came late, oldest month first.

    Args:
        landing_dir: The landing.
        load_ids: Loads of the run.
        event_times: Column that holds an event's time, by object.
        published_to: End of what the release before this run measured, naive UTC.
    """
    found: list[LateRows] = []
    with duckdb.connect(":memory:") as connection:
        for name, column in sorted(event_times.items()):
            files = [
                str(path)
                for load_id in load_ids
                for path in sorted((landing_dir / name / f"load_id={load_id}").glob("*.parquet"))
            ]
            if not files:
                continue
            quoted = '"' + column.replace('"', '""') + '"'
            rows = connection.execute(
                f"select cast(date_trunc('month', {quoted}) as date) as month, count(*)"
                " from read_parquet(?, union_by_name = true, hive_partitioning = false)"
                f" where {quoted} < ? and _operation <> 'delete' group by month order by month",
                [files, published_to],
            ).fetchall()
            found += [LateRows(name, month, int(count)) for month, count in rows]
    return found
