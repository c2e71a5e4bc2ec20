"""One connection, one transaction: what a step of the scores writes is there as a whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path

import duckdb

from orchestration.scoring.warehouse.health_card import INPUTS, MAXIMUM_AGE


@contextmanager
def writing(
    warehouse_path: Path, threads: int, memory_limit: str
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the warehouse, commit at the end of the block, roll back when it raises."""
    config: dict[str, str | bool | int | float | list[str]] = {
        "threads": threads,
        "memory_limit": memory_limit,
    }
    with duckdb.connect(str(warehouse_path), config=config) as connection:
        connection.begin()
        try:
            yield connection
        except BaseException:
            connection.rollback()
            raise
        connection.commit()


def latest_day(connection: duckdb.DuckDBPyConnection, as_of: datetime | None = None) -> date | None:
    """Day of the newest snapshot of the card's inputs; None without any, or when it is not the one of `as_of`."""
    found = connection.execute(f"select max(as_of_date), max(snapshot_at) from {INPUTS}").fetchone()
    if not found or found[0] is None:
        return None
    day, at = found
    # Who paid weeks ago is no customer of today.
    if as_of is not None and as_of - at >= MAXIMUM_AGE:
        return None
    return day if isinstance(day, date) else None
