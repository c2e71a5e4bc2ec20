"""The command line as a person meets it: options, exit codes, start-up, Ctrl-C."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from orchestration.cli.app import run_app
from orchestration.runs import last_record

ROOT = Path(__file__).resolve().parents[2]
TENURE = [sys.executable, "-c", "from orchestration.cli import main; main()"]


def run(*words: object, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*TENURE, *map(str, words)],
        cwd=ROOT,
        env=os.environ | env,
        capture_output=True,
        text=True,
        check=False,
    )


def test_help_lists_every_command_and_imports_nothing_heavy() -> None:
    program = (
        "import sys; from orchestration.cli.app import run_app; code = run_app(['--help']); "
        "heavy = {'dagster', 'dbt', 'pandas', 'duckdb', 'great_expectations', 'pydantic_settings'}; "
        "print(sorted(heavy & set(sys.modules)), code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[] 0"
    for command in ("run", "backfill", "check", "status", "rollback", "doctor", "init", "demo"):
        assert f"\n  {command} " in done.stdout


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["fly"], "No such command 'fly'"),
        (["run", "--as-of"], "requires an argument"),
        (["run", "--nonsense"], "No such option"),
        (["backfill"], "--start and --end"),
        (["backfill", "--start", "2025-01-01"], "--start and --end"),
        (["backfill", "--start", "a", "--end", "b"], "no date"),
        (["backfill", "--start", "2025-02-01", "--end", "2025-01-01"], "before"),
        (["backfill", "--apply", "bf-1", "--plan"], "leave out"),
        (["backfill", "--apply", "bf-1"], "no plan 'bf-1'"),
        (["run", "--as-of", "yesterday"], "no date or instant"),
        (["run", "--source", "missing.yml"], "missing.yml"),
        (["run", "--resume", "r1"], "no run 'r1'"),
        (["check"], "nothing to check"),
    ],
)
def test_what_cannot_be_meant_is_told_with_exit_code_2(
    words: list[str], told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setenv("TENURE_DATA_DIR", str(tmp_path / "data"))
    assert run_app(words) == 2
    captured = capsys.readouterr()
    assert told in captured.err
    assert "Traceback" not in captured.err
    assert captured.out == ""


def test_a_bad_setting_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TENURE_THREADS", "many")
    assert run_app(["status", "--data-dir", str(tmp_path)]) == 2
    assert "TENURE_THREADS" in capsys.readouterr().err


def test_status_before_the_first_run_says_where_to_start(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_app(["status", "--data-dir", str(tmp_path / "data")]) == 0
    assert "Start with `tenure run`" in capsys.readouterr().out
    assert run_app(["status", "--data-dir", str(tmp_path / "data"), "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["last_run"] is None
    assert facts["releases"] == []
    assert not (tmp_path / "data").exists()


def test_rollback_without_a_release_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_app(["rollback", "--data-dir", str(tmp_path / "data")]) == 1
    assert "nothing was published yet" in capsys.readouterr().err


@pytest.mark.slow
def test_ctrl_c_ends_dbt_and_leaves_a_run_that_can_be_resumed(tmp_path: Path) -> None:
    data = tmp_path / "data"
    company = {
        "TENURE_SIMULATED_CUSTOMERS": "200",
        "TENURE_SIMULATED_MONTHS": "6",
        "TENURE_SIMULATED_EVENTS": "5000",
    }
    process = subprocess.Popen(
        [*TENURE, "run", "--data-dir", str(data)],
        cwd=ROOT,
        env=os.environ | company,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    until = time.monotonic() + 120
    while not list(data.glob("runs/*/dbt_staging.log")) and time.monotonic() < until:
        assert process.poll() is None, process.communicate()[1]
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in told
    assert "--resume" in told
    record = last_record(data / "runs")
    assert record is not None
    assert record.status == "interrupted"
    assert record.steps["landing"].status == "done"
    assert not dbt_processes(data)


def dbt_processes(data: Path) -> list[str]:
    """Processes that still work on this data directory."""
    listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True)
    return [line for line in listed.stdout.splitlines() if str(data) in line]
