"""Opening, stepping through and closing a run, with a clock that stands still."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from orchestration.active_run import open_run
from orchestration.ingestion.yaml_nodes import MappingError
from orchestration.locking import RunLockedError
from orchestration.run_request import RunRequest, record_of
from orchestration.runs import load_record
from orchestration.settings import Settings

NOW = datetime(2026, 11, 21, 2, 14, tzinfo=UTC)
MAPPING = """
version: 1
source_id: acme
policy: {reporting_timezone: Pacific/Auckland, reporting_currency: NZD}
objects: {}
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data", simulated_months=6)


@pytest.fixture
def mapped(tmp_path: Path) -> Settings:
    path = tmp_path / "mapping.yml"
    path.write_text(MAPPING, encoding="utf-8")
    return Settings(data_dir=tmp_path / "data", source=str(path))


def request(**changes: object) -> RunRequest:
    return RunRequest(**{"command": "tenure run", **changes})  # type: ignore[arg-type]


def silent(_: str) -> None:
    pass


def test_the_simulated_company_is_measured_to_the_end_of_its_data(settings: Settings) -> None:
    record = record_of(settings, request(), NOW)
    assert record.as_of == datetime(2023, 7, 1, tzinfo=UTC)
    assert record.known_at == record.started_at == NOW


def test_a_replayed_night_ends_where_its_deliveries_end(settings: Settings) -> None:
    record = record_of(settings, request(until="2023-06-20"), NOW)
    assert record.until == record.as_of == datetime(2023, 6, 21, tzinfo=UTC)
    late = record_of(settings, request(until="2024-01-01"), NOW)
    assert late.as_of == datetime(2023, 7, 1, tzinfo=UTC)


def test_a_real_source_is_measured_to_its_last_complete_day(mapped: Settings) -> None:
    record = record_of(mapped, request(), NOW)  # 15:14 on the 21st in Auckland
    assert record.as_of == datetime(2026, 11, 20, 11, tzinfo=UTC)


def test_dates_are_read_in_the_reporting_timezone(mapped: Settings) -> None:
    record = record_of(mapped, request(as_of="2026-10-31", known_at="2026-11-01T02:00"), NOW)
    assert record.as_of == datetime(2026, 10, 31, 11, tzinfo=UTC)
    assert record.known_at == datetime(2026, 11, 1, 2, tzinfo=UTC)


def test_the_record_holds_settings_without_secrets(settings: Settings) -> None:
    secret = settings.model_copy(
        update={"personal_data_salt": "p3pper", "alert_webhook_url": "https://x/T0K3N"}
    )
    text = record_of(secret, request(), NOW).to_json()
    assert "p3pper" not in text
    assert "T0K3N" not in text
    assert json.loads(text)["settings"]["threads"] == 2


def test_a_run_that_ends_well(settings: Settings) -> None:
    lines: list[str] = []
    with open_run(settings, request(), NOW, lines.append) as run, run.step("landing") as step:
        step.facts = {"total": {"rows_read": 3}}
        step.told = "3 rows"
    record = load_record(settings.runs_dir, "r20261121-0214")
    assert record.status == "succeeded"
    assert record.steps["landing"].status == "done"
    assert record.facts_of("landing") == {"total": {"rows_read": 3}}
    assert lines == ["landing             0.0 s   3 rows"]
    assert timedelta(0) <= record.finished_at - NOW < timedelta(seconds=30)  # type: ignore[operator]


def test_a_run_that_fails_names_its_first_failing_step(settings: Settings) -> None:
    lines: list[str] = []
    with (
        pytest.raises(ValueError, match="boom"),
        open_run(settings, request(), NOW, lines.append) as run,
        run.step("landing"),
    ):
        raise ValueError("boom")
    record = load_record(settings.runs_dir, "r20261121-0214")
    assert record.status == "failed"
    assert record.failure == {"step": "landing", "kind": "ValueError", "message": "boom"}
    assert record.steps["landing"].status == "failed"
    assert lines == ["landing          FAILED"]


def test_an_interrupted_run_is_not_a_failed_one(settings: Settings) -> None:
    with (
        pytest.raises(KeyboardInterrupt),
        open_run(settings, request(), NOW, silent) as run,
        run.step("dbt_staging"),
    ):
        raise KeyboardInterrupt
    assert load_record(settings.runs_dir, "r20261121-0214").status == "interrupted"


def test_a_killed_run_is_on_record_as_far_as_it_came(settings: Settings) -> None:
    with open_run(settings, request(), NOW, silent) as run, run.step("landing"):
        found = load_record(settings.runs_dir, run.record.run_id)
        assert (found.status, found.steps["landing"].status) == ("running", "running")


def test_only_one_run_at_a_time(settings: Settings) -> None:
    with (
        open_run(settings, request(), NOW, silent),
        pytest.raises(RunLockedError),
        open_run(settings, request(), NOW, silent),
    ):
        pass


def test_a_mapping_that_is_missing_leaves_no_run_behind(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data", source=str(tmp_path / "missing.yml"))
    with pytest.raises(MappingError), open_run(settings, request(), NOW, silent):
        pass
    assert not settings.runs_dir.exists()


def work_until_ctrl_c(settings: Settings, asked: RunRequest) -> None:
    with open_run(settings, asked, NOW, silent) as run, run.step("landing") as step:
        step.facts = {"load_ids": ["a"]}
        raise KeyboardInterrupt


def interrupted(settings: Settings, **changes: object) -> None:
    with pytest.raises(KeyboardInterrupt):
        work_until_ctrl_c(settings, request(**changes))


def test_a_resumed_run_keeps_its_name_and_day_and_sees_what_was_corrected(
    settings: Settings,
) -> None:
    interrupted(settings)
    later = NOW + timedelta(hours=5)
    asked = request(command="tenure run --resume", resume="r20261121-0214")
    with open_run(settings, asked, later, silent) as run:
        assert run.record.run_id == "r20261121-0214"
        assert run.record.as_of == datetime(2023, 7, 1, tzinfo=UTC)
        assert run.record.known_at == run.record.started_at == later
        assert run.record.facts_of("landing") == {"load_ids": ["a"]}
    assert load_record(settings.runs_dir, "r20261121-0214").status == "succeeded"


def test_a_resumed_replay_keeps_what_was_known(settings: Settings) -> None:
    interrupted(settings, known_at="2023-06-25T00:00")
    with open_run(
        settings, request(resume="r20261121-0214"), NOW + timedelta(hours=1), silent
    ) as run:
        assert run.record.known_at == datetime(2023, 6, 25, tzinfo=UTC)


def test_a_resumed_backfill_keeps_its_range(settings: Settings) -> None:
    window = (date(2023, 6, 1), date(2023, 6, 3))
    interrupted(settings, window=window)
    with open_run(settings, request(resume="r20261121-0214"), NOW, silent) as run:
        assert run.record.window == window
