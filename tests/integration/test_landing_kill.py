"""A load that is killed for good, at whatever moment, leaves a landing that the next run completes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from orchestration.ingestion.ingest import ingest
from orchestration.ingestion.mapping_parser import load_mapping
from orchestration.settings import PROJECT_ROOT, Settings

# ruff: noqa: DTZ001 - instants are naive UTC throughout the landing

pytestmark = pytest.mark.slow

ROWS = 200_000
MAPPING = """
version: 1
source_id: acme
objects:
  usage_events:
    files: "events_*.csv"
    loaded_at_from: {regex: '(\\d{4}-\\d{2}-\\d{2})', format: '%Y-%m-%d'}
    columns: {event_id: id, event_name: name, occurred_at: at}
  billing_products:
    files: "products_*.csv"
    loaded_at_from: {regex: '(\\d{4}-\\d{2}-\\d{2})', format: '%Y-%m-%d'}
    columns: {product_id: id, product_name: name}
"""
PROGRAM = """
import sys
from datetime import datetime
from pathlib import Path
from orchestration.ingestion.ingest import ingest
from orchestration.ingestion.mapping_parser import load_mapping
from orchestration.settings import Settings
print("ready", flush=True)
ingest(load_mapping(Path(sys.argv[1])), Settings(data_dir=Path(sys.argv[2]), threads=1), datetime(2024, 2, 1))
"""


@pytest.fixture(scope="module")
def mapping(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("source")
    (folder / "mapping.yml").write_text(MAPPING)
    with duckdb.connect() as connection:
        for day in range(1, 4):
            connection.execute(
                f"copy (select '{day}-' || i as id, 'x' as name, "
                f"case when i % 1000 = 7 then 'never' else '2024-01-0{day}' end as at "
                f"from range({ROWS}) t(i)) to '{folder}/events_2024-01-0{day}.csv'"
            )
            connection.execute(
                f"copy (select i as id, 'v' || (i % {day}) as name from range({10 * (4 - day)}) t(i)) "
                f"to '{folder}/products_2024-01-0{day}.csv'"
            )
    return folder / "mapping.yml"


def landed(settings: Settings) -> list[tuple[object, ...]]:
    """Counts and checksums of what readers see."""
    found = []
    with duckdb.connect() as connection:
        for name in ("usage_events", "billing_products"):
            files = f"{settings.landing_dir}/{name}/**/*.parquet"
            found += connection.execute(
                "select count(*), sum(hash(columns(*))::hugeint) "
                f"from read_parquet('{files}', union_by_name=true, hive_partitioning=false)"
            ).fetchall()
        bad = f"{settings.quarantine_dir}/**/*.parquet"
        found += connection.execute(f"select count(*) from read_parquet('{bad}')").fetchall()
    return found


@pytest.fixture(scope="module")
def undisturbed(
    mapping: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[list[tuple[object, ...]], float]:
    settings = Settings(data_dir=tmp_path_factory.mktemp("undisturbed"), threads=1)
    start = time.monotonic()
    assert ingest(load_mapping(mapping), settings, datetime(2024, 2, 1)).is_ok
    return landed(settings), time.monotonic() - start


@pytest.mark.parametrize("moment", [0.0, 0.1, 0.25, 0.4, 0.55, 0.7, 0.85, 1.0])
def test_a_killed_load_is_completed_by_the_next(
    mapping: Path,
    tmp_path: Path,
    undisturbed: tuple[list[tuple[object, ...]], float],
    moment: float,
) -> None:
    expected, seconds = undisturbed
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(mapping), str(tmp_path)],
        cwd=PROJECT_ROOT, env={**os.environ, "PYTHONPATH": str(PROJECT_ROOT)}, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    process.stdout.readline()
    time.sleep(moment * seconds)
    process.send_signal(signal.SIGKILL)
    process.wait()
    settings = Settings(data_dir=tmp_path, threads=1)
    report = ingest(load_mapping(mapping), settings, datetime(2024, 2, 2))
    assert report.is_ok, report.failures
    assert landed(settings) == expected
    assert list((settings.landing_dir / "_tmp").glob("*")) == []
