"""Run records survive being written, read, and cut off."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from orchestration.runs import (
    RECORD_NAME,
    RunRecord,
    RunRecordError,
    StepRecord,
    last_record,
    load_record,
    new_run_id,
    run_ids,
    save_record,
)

STARTED = datetime(2026, 11, 21, 2, 14, 33, tzinfo=UTC)


def record(run_id: str = "r20261121-0214") -> RunRecord:
    return RunRecord(
        run_id=run_id,
        command="tenure run",
        started_at=STARTED,
        as_of=datetime(2026, 11, 21, tzinfo=UTC),
        known_at=STARTED,
        source="simulated",
    )


def test_a_run_is_named_after_its_start(tmp_path: Path) -> None:
    assert new_run_id(tmp_path, STARTED) == "r20261121-0214"


def test_a_taken_name_gets_a_number(tmp_path: Path) -> None:
    (tmp_path / "r20261121-0214").mkdir()
    assert new_run_id(tmp_path, STARTED) == "r20261121-0214-2"
    (tmp_path / "r20261121-0214-2").mkdir()
    assert new_run_id(tmp_path, STARTED) == "r20261121-0214-3"


def test_what_was_saved_is_read_back(tmp_path: Path) -> None:
    written = record()
    written.steps["landing"] = StepRecord(
        name="landing", status="done", seconds=1.5, told="3 rows", facts={"total": {"rows_read": 3}}
    )
    written.warnings.append("look")
    written.failure = {"step": "gate_raw", "kind": "GateFailed", "message": "bad"}
    save_record(tmp_path, written)
    assert load_record(tmp_path, written.run_id) == written


def test_newest_run_first_also_beyond_nine_in_a_minute(tmp_path: Path) -> None:
    for run_id in ["r20261121-0214", "r20261121-0214-9", "r20261121-0214-10", "r20261120-2359"]:
        save_record(tmp_path, record(run_id))
    assert run_ids(tmp_path) == [
        "r20261121-0214-10",
        "r20261121-0214-9",
        "r20261121-0214",
        "r20261120-2359",
    ]
    newest = last_record(tmp_path)
    assert newest is not None
    assert newest.run_id == "r20261121-0214-10"


def test_no_run_yet(tmp_path: Path) -> None:
    assert last_record(tmp_path / "missing") is None
    with pytest.raises(RunRecordError, match="none yet"):
        load_record(tmp_path, "r1")


def test_an_unknown_run_lists_the_known_ones(tmp_path: Path) -> None:
    save_record(tmp_path, record())
    with pytest.raises(RunRecordError, match="r20261121-0214"):
        load_record(tmp_path, "r1")


@pytest.mark.parametrize("content", ["", "{}", "[1", '{"format_version": 99}'])
def test_a_damaged_record_says_so(tmp_path: Path, content: str) -> None:
    save_record(tmp_path, record())
    (tmp_path / "r20261121-0214" / RECORD_NAME).write_text(content, encoding="utf-8")
    with pytest.raises(RunRecordError, match=r"run\.json"):
        load_record(tmp_path, "r20261121-0214")


def test_a_run_cannot_reach_out_of_its_folder(tmp_path: Path) -> None:
    save_record(tmp_path, record())
    with pytest.raises(RunRecordError):
        load_record(tmp_path, "../r20261121-0214")


def test_a_step_is_done_only_with_the_same_inputs() -> None:
    run = record()
    run.steps["simulate"] = StepRecord(name="simulate", status="done", inputs="a")
    run.steps["gate_raw"] = StepRecord(name="gate_raw", status="failed")
    assert run.is_done("simulate", "a")
    assert not run.is_done("simulate", "b")
    assert not run.is_done("gate_raw", "")
    assert not run.is_done("landing", "")
