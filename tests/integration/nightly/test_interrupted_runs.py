"""A run that meets another, or is interrupted: who works says so, and the next one can go on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from orchestration.locking import only_run
from orchestration.runs import last_record
from orchestration.settings import PROJECT_ROOT
from tests.integration.nightly.company import COMPANY, Told, released

pytestmark = pytest.mark.slow

MAIN = "from orchestration.cli import main; main()"


def test_two_runs_at_once(tenure: Callable[..., Told], data: Path) -> None:
    before = released(data)
    with only_run(data, "tenure run --as-of 2023-06-30", datetime(2026, 1, 1, tzinfo=UTC)):
        told = tenure("run", "--data-dir", data)
        status = tenure("status", "--data-dir", data)
    assert told.code == 5
    assert "tenure run --as-of 2023-06-30" in told.err
    assert "running    tenure run --as-of 2023-06-30" in status.out
    assert released(data) == before


def test_ctrl_c_ends_dbt_and_leaves_a_run_that_can_be_resumed(data: Path) -> None:
    before = released(data)
    process = subprocess.Popen(
        [sys.executable, "-c", MAIN, "run", "--data-dir", str(data)],
        cwd=PROJECT_ROOT,
        env=os.environ | COMPANY,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    until = time.monotonic() + 120
    while len(list(data.glob("runs/*/dbt_staging.log"))) < 2 and time.monotonic() < until:
        assert process.poll() is None, process.communicate()[1]
        time.sleep(0.1)
    time.sleep(1)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in told
    assert "FAILED at dbt_staging: interrupted" in told
    record = last_record(data / "runs")
    assert record is not None
    assert f"tenure run --data-dir {data} --resume {record.run_id}" in told
    assert record.status == "interrupted"
    assert record.steps["landing"].status == "done"
    assert released(data) == before
    listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True)
    assert str(data) not in listed.stdout  # dbt went with its run
    with only_run(data, "tenure run", datetime(2026, 1, 1, tzinfo=UTC)):
        pass
