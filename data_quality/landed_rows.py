"""SQL that reads landed rows: all of an object's, or those of some loads.

Which loads matter is decided by the callers.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from data_quality.quoting import literal


def all_rows(landing_dir: Path, name: str) -> str:
    """SQL that reads every landed row of an object."""
    return parquet_below(landing_dir / name)


def rows_of_loads(landing_dir: Path, name: str, load_ids: Sequence[str]) -> str | None:
    """SQL that reads some loads of an object without touching the others; None without files."""
    home = landing_dir / name
    folders = [home / f"load_id={load_id}" for load_id in load_ids]
    if not all(folder.is_dir() for folder in folders):
        folders += sorted(home.glob("load_id=month-*"))  # old loads are merged by month
    files = [file for folder in folders for file in sorted(folder.glob("*.parquet"))]
    if not files:
        return None
    listed = ", ".join(literal(no_pattern(file)) for file in files)
    wanted = ", ".join(literal(load_id) for load_id in load_ids)
    return (
        f"(from read_parquet([{listed}], union_by_name = true, hive_partitioning = false)"
        f" where _load_id in ({wanted}))"
    )


def parquet_below(folder: Path) -> str:
    """SQL that reads all Parquet files below a folder; there must be one."""
    pattern = literal(f"{no_pattern(folder)}/**/*.parquet")
    return f"read_parquet({pattern}, union_by_name = true, hive_partitioning = false)"


def no_pattern(path: Path) -> str:
    """Path in which DuckDB sees no wildcard."""
    return "".join(f"[{char}]" if char in "*?[" else char for char in str(path))
