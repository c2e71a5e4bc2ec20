"""The small simulated company of the nightly runs, and what is read of a data directory afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from orchestration.publishing.catalog import current_release

COMPANY = {
    "TENURE_SIMULATED_CUSTOMERS": "200",
    "TENURE_SIMULATED_MONTHS": "6",
    "TENURE_SIMULATED_EVENTS": "5000",
    "TENURE_SIMULATED_SEED": "20",
}


@dataclass(frozen=True)
class Told:
    """What a command returned and wrote."""

    code: int
    out: str
    err: str


def released(data: Path) -> str:
    release = current_release(data / "releases")
    assert release is not None
    return release.run_id


def query(data: Path, sql: str) -> list[tuple[Any, ...]]:
    path = data / "releases" / "current" / "tenure_bi.duckdb"
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(sql).fetchall()
