"""The command line as a person meets it: options, exit codes, start-up."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from orchestration.cli.app import run_app

ROOT = Path(__file__).resolve().parents[2]


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
