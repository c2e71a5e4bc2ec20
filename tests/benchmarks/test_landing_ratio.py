"""How fast files are landed, as a share of a bare typed `COPY` of the same file by DuckDB.

Run by `make bench`. TENURE_BENCH_ROWS sets the size (default 5 million events of ten columns). CPU
seconds are compared, since wall time on a shared machine measures the neighbours; wall time is printed
beside it. The share covers all that a load does: hashing, typing, checking, plumbing columns, fsync.
"""

from __future__ import annotations

import os
import shutil
import statistics
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from orchestration.ingestion.ingest import ingest
from orchestration.ingestion.mapping_parser import load_mapping
from orchestration.ingestion.session import connect
from orchestration.settings import Settings

# ruff: noqa: DTZ001 - instants are naive UTC throughout the landing

pytestmark = pytest.mark.benchmark

ROWS = int(os.environ.get("TENURE_BENCH_ROWS", "5000000"))
REPEATS = 3
LEAST_SHARE = 0.60
MEMORY = "2GB"
COLUMNS = {
    "event_id": "VARCHAR", "event_name": "VARCHAR", "user_id": "VARCHAR", "anonymous_id": "VARCHAR",
    "customer_id": "VARCHAR", "feature_name": "VARCHAR", "occurred_at": "TIMESTAMP",
    "received_at": "TIMESTAMP", "session_id": "VARCHAR", "event_count": "BIGINT",
}  # fmt: skip
EVENTS = f"""
    select 'ev-' || lpad(i::varchar, 10, '0') as event_id,
        ['login', 'export', 'report_viewed', 'invite'][1 + i % 4] as event_name,
        'u' || (hash(i) % 50000) as user_id, null::varchar as anonymous_id,
        'c' || (hash(i) % 3000) as customer_id,
        ['reports', 'api', 'search', null][1 + (i // 7) % 4] as feature_name,
        timestamp '2023-01-01' + to_microseconds((i * 6300000 + hash(i) % 1000000)::bigint) as occurred_at,
        timestamp '2023-01-01' + to_microseconds((i * 6300000 + 5000000)::bigint) as received_at,
        's' || (i // 10) as session_id, 1 + i % 3 as event_count
    from range({ROWS}) t(i)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("events")
    with connect(target / "spill", 2, MEMORY) as connection:
        connection.execute(f"copy ({EVENTS}) to '{target}/events.parquet'")
        for name in ("events.csv", "events.csv.gz"):
            connection.execute(
                f"copy (from '{target}/events.parquet') to '{target}/{name}' (format csv)"
            )
    return target


def seconds(work: Callable[[], object]) -> tuple[float, float]:
    """CPU and wall seconds of a piece of work."""
    cpu, wall = time.process_time(), time.perf_counter()
    work()
    return time.process_time() - cpu, time.perf_counter() - wall


@pytest.mark.parametrize("name", ["events.csv", "events.csv.gz", "events.parquet"])
def test_landing_keeps_up_with_a_bare_copy(folder: Path, name: str, tmp_path: Path) -> None:
    types = ", ".join(f"'{column}': '{kind}'" for column, kind in COLUMNS.items())
    reader = f"read_csv('{folder}/{name}', columns={{{types}}}, auto_detect=false, header=true)"
    if name.endswith("parquet"):
        reader = f"read_parquet('{folder}/{name}')"
    (folder / "mapping.yml").write_text(
        f"version: 1\nsource_id: bench\nobjects:\n  usage_events:\n    files: {name}\n    columns:\n"
        + "".join(f"      {column}: {column}\n" for column in COLUMNS)
    )

    def bare() -> None:
        with connect(tmp_path / "spill", 2, MEMORY) as connection:
            connection.execute("set preserve_insertion_order = false")
            connection.execute(
                f"copy (select {', '.join(COLUMNS)} from {reader}) to '{tmp_path}/bare.parquet'"
            )

    def landing() -> None:
        shutil.rmtree(tmp_path / "data", ignore_errors=True)
        settings = Settings(data_dir=tmp_path / "data", threads=2, memory_limit=MEMORY)
        report = ingest(load_mapping(folder / "mapping.yml"), settings, datetime(2024, 1, 1))
        assert report.total("rows_landed") == ROWS

    times = [(seconds(bare), seconds(landing)) for _ in range(REPEATS)]
    cpu = [statistics.median(pair[i][0] for pair in times) for i in (0, 1)]
    wall = [statistics.median(pair[i][1] for pair in times) for i in (0, 1)]
    print(
        f"\n{name}: {ROWS:,} rows; bare COPY {cpu[0]:.2f} CPU s ({wall[0]:.2f} s), "
        f"landing {cpu[1]:.2f} CPU s ({wall[1]:.2f} s), {ROWS / cpu[1]:,.0f} rows per CPU s; "
        f"share {cpu[0] / cpu[1]:.2f} (wall {wall[0] / wall[1]:.2f})"
    )
    assert cpu[0] / cpu[1] >= LEAST_SHARE
