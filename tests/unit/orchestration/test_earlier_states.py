"""Which run builds an earlier state, with whose knowledge, and where; and how it is compared."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from orchestration.active_run import open_run
from orchestration.earlier_states import (
    CHECKSUMS_BY,
    RebuildSettings,
    differences,
    is_earlier,
    last_seen,
    readers_releases_dir,
)
from orchestration.instants import InstantError
from orchestration.publishing.publish import publish
from orchestration.run_request import RunRequest, record_of
from orchestration.runs import RunRecord, StepRecord, save_record
from orchestration.settings import Settings
from tests.unit.publishing.small_warehouse import build, nothing_restated, request_for

# The release of small_warehouse.py measures up to 2026-11-01 and knows what was landed by then.
NIGHT = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
LATER = datetime(2026, 12, 5, 9, 0, tzinfo=UTC)


def request(**changes: object) -> RunRequest:
    return RunRequest(**{"command": "tenure run", **changes})  # type: ignore[arg-type]


def silent(_: str) -> None:
    pass


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A data directory whose readers see release r9; r1 and r2 published September, r3 failed to."""
    build(tmp_path / "warehouse" / "tenure.duckdb")
    publish(request_for(tmp_path, "r9"), compare=nothing_restated)
    made = Settings(data_dir=tmp_path, simulated_months=6)
    september = datetime(2026, 10, 1, tzinfo=UTC)
    for run_id, hour, status in (
        ("r1", 2, "succeeded"),
        ("r2", 8, "succeeded"),
        ("r3", 9, "failed"),
    ):
        at = september + timedelta(hours=hour)
        record = RunRecord(
            run_id=run_id, command="x", started_at=at, as_of=september, known_at=at,
            source="simulated", status=status,  # type: ignore[arg-type]
        )  # fmt: skip
        save_record(made.runs_dir, record)
    return made


def test_an_earlier_day_is_built_with_what_the_last_run_that_published_it_knew(
    settings: Settings,
) -> None:
    record = record_of(settings, request(as_of="2026-09-30"), LATER)
    assert record.is_rebuild
    assert (record.rebuilds, record.known_at.hour) == ("r2", 8)
    assert record.previous_release is None


def test_less_knowledge_is_an_earlier_state_too(settings: Settings) -> None:
    asked = request(as_of="2026-09-30", known_at="2026-10-01T02:00")
    record = record_of(settings, asked, LATER)
    assert (record.is_rebuild, record.rebuilds, record.known_at.hour) == (True, "r1", 2)
    only_known = record_of(settings, request(known_at="2026-10-01T02:30"), LATER)
    assert (only_known.is_rebuild, only_known.rebuilds) == (True, None)
    assert only_known.known_at == datetime(2026, 10, 1, 2, 30, tzinfo=UTC)


def test_a_day_that_nobody_published_is_built_with_all_that_is_known(settings: Settings) -> None:
    record = record_of(settings, request(as_of="2026-09-15"), LATER)
    assert (record.is_rebuild, record.rebuilds, record.known_at) == (True, None, LATER)


@pytest.mark.parametrize("as_of", [None, "2026-11-30"])
def test_anything_newer_is_published_to_readers(settings: Settings, as_of: str | None) -> None:
    record = record_of(settings, request(as_of=as_of), LATER)
    assert (record.is_rebuild, record.previous_release, record.known_at) == (False, "r9", LATER)


def test_before_the_first_release_nothing_is_earlier() -> None:
    assert not is_earlier(None, NIGHT, NIGHT)


def test_a_rebuild_loads_nothing_so_until_is_refused(settings: Settings) -> None:
    with pytest.raises(InstantError, match="--known-at"):
        record_of(settings, request(as_of="2026-09-30", until="2026-09-30"), LATER)


def test_a_rebuild_has_a_place_of_its_own_also_when_resumed(settings: Settings) -> None:
    with (
        pytest.raises(KeyboardInterrupt),
        open_run(settings, request(as_of="2026-09-30"), LATER, silent) as run,
    ):
        raise KeyboardInterrupt
    resumed = request(resume=run.record.run_id)
    with open_run(settings, resumed, LATER + timedelta(hours=1), silent) as again:
        place = settings.data_dir / "rebuilds" / run.record.run_id
        assert isinstance(again.settings, RebuildSettings)
        assert again.settings.warehouse_path == place / "warehouse" / "tenure.duckdb"
        assert again.settings.releases_dir == place
        assert again.settings.company_warehouse_path == settings.warehouse_path
        assert readers_releases_dir(again.settings) == settings.releases_dir
        assert again.settings.landing_dir == settings.landing_dir
        assert (again.record.rebuilds, again.record.known_at.hour) == ("r2", 8)


def test_what_published_runs_have_read(settings: Settings) -> None:
    known_at = last_seen(settings)
    assert known_at is not None
    until = known_at - timedelta(days=3)
    record = RunRecord(
        run_id="r9", command="x", started_at=NIGHT, as_of=NIGHT, known_at=known_at,
        source="simulated", until=until,
    )  # fmt: skip
    save_record(settings.runs_dir, record)
    assert last_seen(settings) == until  # a replayed night met nothing after its last delivery


def test_nothing_was_read_before_the_first_release(tmp_path: Path) -> None:
    assert last_seen(Settings(data_dir=tmp_path)) is None


def record_with(**facts: Any) -> RunRecord:
    record = RunRecord(
        run_id="r1", command="x", started_at=NIGHT, as_of=NIGHT, known_at=NIGHT, source="x"
    )
    record.steps["release"] = StepRecord("release", facts=facts)
    return record


def test_tables_are_compared_by_checksum() -> None:
    before = record_with(
        checksums={"a": "1", "b": "2"}, checksums_by=CHECKSUMS_BY, code_version="0.1"
    )
    same = {"a": {"checksum": "1"}, "b": {"checksum": "2"}, "meta_refresh": {"checksum": "9"}}
    assert differences(before, same, "0.1") == []
    found = differences(before, {"a": {"checksum": "3"}, "c": {"checksum": "4"}}, "0.2")
    assert found == [
        "Not what r1 published: a, b, c.",
        "The project was 0.1 then and is 0.2 now.",
    ]


def test_a_run_without_checksums_cannot_be_compared() -> None:
    assert "kept no checksums" in differences(record_with(), {}, "0.1")[0]


@pytest.mark.parametrize("taken_by", [{}, {"checksums_by": "DuckDB 1.0.0"}])
def test_checksums_of_another_duckdb_are_not_compared(taken_by: dict[str, str]) -> None:
    before = record_with(checksums={"a": "1"}, code_version="0.1", **taken_by)
    (said,) = differences(before, {"a": {"checksum": "1"}}, "0.1")
    assert "nothing can be compared" in said
