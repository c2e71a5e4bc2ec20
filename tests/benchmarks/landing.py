"""How fast files are landed, as a share of a bare typed `COPY` of the same file by DuckDB.

The share covers all that a load does: hashing, typing, checking, plumbing columns, fsync.
"""

from __future__ import annotations

import shutil
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from orchestration.ingestion.ingest import ingest
from orchestration.ingestion.mapping_parser import load_mapping
from orchestration.ingestion.session import connect
from orchestration.settings import Settings
from tests.benchmarks.costs import cost_here, middle

FILES = ("events.csv", "events.csv.gz", "events.parquet")
MEMORY = "2GB"
COLUMNS = {
    "event_id": "VARCHAR", "event_name": "VARCHAR", "user_id": "VARCHAR", "anonymous_id": "VARCHAR",
    "customer_id": "VARCHAR", "feature_name": "VARCHAR", "occurred_at": "TIMESTAMP",
    "received_at": "TIMESTAMP", "session_id": "VARCHAR", "event_count": "BIGINT",
}  # fmt: skip
EVENTS = """
    select 'ev-' || lpad(i::varchar, 10, '0') as event_id,
        ['login', 'export', 'report_viewed', 'invite'][1 + i % 4] as event_name,
        'u' || (hash(i) % 50000) as user_id, null::varchar as anonymous_id,
        'c' || (hash(i) % 3000) as customer_id,
        ['reports', 'api', 'search', null][1 + (i // 7) % 4] as feature_name,
        timestamp '2023-01-01' + to_microseconds((i * 6300000 + hash(i) % 1000000)::bigint) as occurred_at,
        timestamp '2023-01-01' + to_microseconds((i * 6300000 + 5000000)::bigint) as received_at,
        's' || (i // 10) as session_id, 1 + i % 3 as event_count
    from range({rows}) t(i)
"""


def measure_landing(rows: int, work: Path, *, repeats: int) -> dict[str, Any]:
    """Land events from three kinds of files; every row must arrive."""
    folder = work / "landing_files"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with connect(folder / "spill", 2, MEMORY) as connection:
        connection.execute(f"copy ({EVENTS.format(rows=rows)}) to '{folder}/events.parquet'")
        for name in FILES[:2]:
            connection.execute(
                f"copy (from '{folder}/events.parquet') to '{folder}/{name}' (format csv)"
            )
    costs, ratios = {}, {}
    for name in FILES:
        bare = middle([cost_here(partial(_copy, folder, name)) for _ in range(repeats)])
        landed = middle([cost_here(partial(_land, folder, name, rows)) for _ in range(repeats)])
        costs |= {f"copy_{name}": bare.plain(), f"landing_{name}": landed.plain()}
        ratios[f"landing_to_copy_{name}"] = round(landed.cpu_seconds / bare.cpu_seconds, 2)
    shutil.rmtree(folder)
    return {"rows": rows, "repeats": repeats, "costs": costs, "ratios": ratios}


def _copy(folder: Path, name: str) -> None:
    types = ", ".join(f"'{column}': '{kind}'" for column, kind in COLUMNS.items())
    reader = f"read_csv('{folder}/{name}', columns={{{types}}}, auto_detect=false, header=true)"
    if name.endswith("parquet"):
        reader = f"read_parquet('{folder}/{name}')"
    with connect(folder / "spill", 2, MEMORY) as connection:
        connection.execute("set preserve_insertion_order = false")
        connection.execute(
            f"copy (select {', '.join(COLUMNS)} from {reader}) to '{folder}/bare.out' (format parquet)"
        )


def _land(folder: Path, name: str, rows: int) -> None:
    (folder / "mapping.yml").write_text(
        f"version: 1\nsource_id: bench\nobjects:\n  usage_events:\n    files: {name}\n    columns:\n"
        + "".join(f"      {column}: {column}\n" for column in COLUMNS),
        encoding="utf-8",
    )
    shutil.rmtree(folder / "data", ignore_errors=True)
    settings = Settings(data_dir=folder / "data", threads=2, memory_limit=MEMORY)
    report = ingest(load_mapping(folder / "mapping.yml"), settings, datetime(2024, 1, 1))  # noqa: DTZ001
    assert report.total("rows_landed") == rows
