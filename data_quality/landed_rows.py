"""SQL that reads landed rows: all of an object's, or those of some loads or days.

Which loads or days matter is decided by the callers.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

from data_quality.quoting import identifier, literal

# Each span of days is a scan of its own, since an "or" of spans makes the engine read every row.
MOST_SPANS = 20

Span = tuple[date, date]


def all_rows(landing_dir: Path, name: str) -> str:
    """SQL that reads every landed row of an object."""
    return parquet_below(landing_dir / name)


def rows_of_loads(
    landing_dir: Path, name: str, load_ids: Sequence[str], *, most: int | None = None
) -> str | None:
    """SQL that reads some loads of an object without touching the others; None without files.

    Args:
        landing_dir: The landing.
        name: The object.
        load_ids: The loads.
        most: Read no more rows than that: those of the first loads, from the start of their files.
    """
    home = landing_dir / name
    folders = [home / f"load_id={load_id}" for load_id in load_ids]
    if not all(folder.is_dir() for folder in folders):
        folders += sorted(home.glob("load_id=month-*"))  # old loads are merged by month
    files = [file for folder in folders for file in sorted(folder.glob("*.parquet"))]
    if not files:
        return None
    listed = ", ".join(literal(no_pattern(file)) for file in files)
    wanted = ", ".join(literal(load_id) for load_id in load_ids)
    limit = "" if most is None else f" limit {int(most)}"
    return (
        f"(from read_parquet([{listed}], union_by_name = true, hive_partitioning = false)"
        f" where _load_id in ({wanted}){limit})"
    )


def rows_of_days(landing_dir: Path, name: str, column: str, days: Sequence[date]) -> str:
    """SQL that reads the rows of some days (UTC), and of days between them where there are many.

    Rows of other days are skipped by the statistics of the files, in which events lie by time.
    """
    landed, happened = all_rows(landing_dir, name), identifier(column)
    parts = [
        f"select * from {landed} where {happened} >= timestamp {literal(first)}"
        f" and {happened} < timestamp {literal(end)}"
        for first, end in spans(sorted(days))
    ]
    return f"({' union all by name '.join(parts) or f'from {landed} where false'})"


def spans(days: Sequence[date]) -> list[Span]:
    """Days in order as spans without gaps, each with its end exclusive; the nearest ones are joined."""
    found: list[Span] = []
    for day in days:
        after = day + timedelta(days=1)
        if found and found[-1][1] >= day:
            found[-1] = (found[-1][0], after)
        else:
            found.append((day, after))
    while len(found) > MOST_SPANS:
        gaps = [later[0] - earlier[1] for earlier, later in pairwise(found)]
        at = gaps.index(min(gaps))
        found[at : at + 2] = [(found[at][0], found[at + 1][1])]
    return found


def parquet_below(folder: Path) -> str:
    """SQL that reads all Parquet files below a folder; there must be one."""
    pattern = literal(f"{no_pattern(folder)}/**/*.parquet")
    return f"read_parquet({pattern}, union_by_name = true, hive_partitioning = false)"


def no_pattern(path: Path) -> str:
    """Path in which DuckDB sees no wildcard."""
    return "".join(f"[{char}]" if char in "*?[" else char for char in str(path))
