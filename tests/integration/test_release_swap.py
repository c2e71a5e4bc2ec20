"""Readers that reopen per query never fail and never see half of a release during swaps."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from orchestration.publishing.publish import publish
from tests.unit.publishing.small_warehouse import build, nothing_restated, request_for

pytestmark = pytest.mark.slow

SECONDS = 4.0
READER = """
import json, sys, time
from pathlib import Path
import duckdb

releases, kind, stop = Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
QUERY = '''select run_id,
  (select min(mark) from {0}), (select max(mark) from {0}),
  (select min(mark) from {1}), (select max(mark) from {1}), (select min(mark) from {2})
from {3}'''
TABLES = ["dim_customers", "fct_health_scores", "fct_mrr_roll_forward", "meta_refresh"]
report = {"reads": 0, "errors": [], "mixed": [], "backwards": 0, "seen": []}
last = 0
while not stop.exists():
    try:
        if kind == "parquet":
            folder = (releases / "current").resolve() / "parquet"
            names = [f"read_parquet('{folder}/{table}.parquet')" for table in TABLES]
            row = duckdb.connect().execute(QUERY.format(*names)).fetchone()
        else:
            names = [f"marts.{table}" for table in TABLES]
            path = str(releases / "current" / "tenure_bi.duckdb")
            with duckdb.connect(path, read_only=True) as connection:
                row = connection.execute(QUERY.format(*names)).fetchone()
    except Exception as error:
        report["errors"].append(repr(error)[:300])
        continue
    report["reads"] += 1
    run = int(row[0][1:])
    if set(row[1:]) != {run}:
        report["mixed"].append([str(value) for value in row])
    report["backwards"] += run < last
    last = run
    if run not in report["seen"]:
        report["seen"].append(run)
print(json.dumps(report))
"""


def test_swaps_under_three_readers(tmp_path: Path):
    warehouse = tmp_path / "warehouse" / "tenure.duckdb"
    build(warehouse, customers=5000, mark=1)
    publish(request_for(tmp_path, "r1"), compare=nothing_restated)
    stop = tmp_path / "stop"
    readers = [
        subprocess.Popen(
            [sys.executable, "-c", READER, str(tmp_path / "releases"), kind, str(stop)],
            stdout=subprocess.PIPE,
            text=True,
        )
        for kind in ("database", "database", "parquet")
    ]
    try:
        number, end = 1, time.monotonic() + SECONDS
        while time.monotonic() < end:
            number += 1
            build(warehouse, customers=5000, mark=number)
            publish(request_for(tmp_path, f"r{number}"), compare=nothing_restated)
    finally:
        stop.touch()
        outputs = [reader.communicate(timeout=60)[0] for reader in readers]
    reports = [json.loads(output) for output in outputs]
    assert [report["errors"] for report in reports] == [[], [], []]
    assert [report["mixed"] for report in reports] == [[], [], []]
    assert [report["backwards"] for report in reports] == [0, 0, 0]
    assert all(report["reads"] >= 10 for report in reports), reports
    assert all(len(report["seen"]) >= 3 for report in reports), reports
