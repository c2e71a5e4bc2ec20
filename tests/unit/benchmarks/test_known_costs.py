"""A long measurement goes on where it broke off, and what it compares in sums is told apart row by row."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from tests.benchmarks.costs import Cost
from tests.benchmarks.engagement import sums_of_rows
from tests.benchmarks.known_costs import KnownCosts, code_in


class BrokenOffError(Exception):
    """The machine is gone."""


def written_by(file: Path, text: str, *, breaks_off: bool = False) -> Cost:
    """Work that appends to a file; a step that is done twice shows."""
    with file.open("a", encoding="utf-8") as opened:
        opened.write(text)
    if breaks_off:
        raise BrokenOffError
    return Cost(cpu_seconds=len(text), wall_seconds=1.0)


def test_a_step_is_measured_once_and_whole(tmp_path: Path) -> None:
    kept, warehouse = tmp_path / "costs", tmp_path / "warehouse"
    known = KnownCosts.in_folder(kept, "code")
    assert known.is_fresh
    known.step("first", lambda: written_by(warehouse, "one "), warehouse)
    with pytest.raises(BrokenOffError):
        known.step("second", lambda: written_by(warehouse, "half ", breaks_off=True), warehouse)

    # It breaks off once more, and what either left behind is gone before it is measured.
    for breaks_off in (True, False):
        known = KnownCosts.in_folder(kept, "code")
        assert set(known.costs) == {"first"}
        known.step("first", lambda: written_by(warehouse, "again "), warehouse)
        try:
            known.step(
                "second",
                lambda: written_by(warehouse, "two", breaks_off=breaks_off),  # noqa: B023
                warehouse,
            )
        except BrokenOffError:
            assert breaks_off
    assert warehouse.read_text(encoding="utf-8") == "one two"
    assert KnownCosts.in_folder(kept, "code").costs == {
        "first": Cost(4, 1.0),
        "second": Cost(3, 1.0),
    }
    assert [path.name for path in kept.iterdir()] == ["known.json"]

    # What was measured of other code, or is to be measured again, is not known.
    assert KnownCosts.in_folder(kept, "other code").is_fresh
    assert KnownCosts.in_folder(kept, "other code", again=True).is_fresh


def test_a_folder_of_files_is_put_back_too(tmp_path: Path) -> None:
    landing = tmp_path / "landing"
    landing.mkdir()
    (landing / "load").write_text("first", encoding="utf-8")
    for breaks_off in (True, False):
        known = KnownCosts.in_folder(tmp_path / "costs", "code")
        name = "late" if breaks_off else "load of the night"
        try:
            known.step(
                "landing_night",
                lambda: written_by(landing / name, "rows", breaks_off=breaks_off),  # noqa: B023
                landing,
            )
        except BrokenOffError:
            assert breaks_off
    assert sorted(path.name for path in landing.iterdir()) == ["load", "load of the night"]


def test_code_differs_with_any_source(tmp_path: Path) -> None:
    (tmp_path / "model.sql").write_text("select 1", encoding="utf-8")
    (tmp_path / "notes.txt").write_text("old", encoding="utf-8")
    before = code_in([tmp_path])
    (tmp_path / "notes.txt").write_text("new", encoding="utf-8")
    assert code_in([tmp_path]) == before
    (tmp_path / "model.sql").write_text("select 2", encoding="utf-8")
    assert code_in([tmp_path]) != before


@pytest.mark.parametrize(
    ("rows", "is_same"),
    [
        ("(2, 'b'), (1, 'a'), (1, 'a'), (3, null)", True),
        ("(1, 'a'), (2, 'b'), (2, 'b'), (3, null)", False),
        ("(1, 'a'), (1, 'a'), (2, 'b'), (3, '')", False),
        ("(1, 'a'), (1, 'b'), (2, 'a'), (3, null)", False),
        ("(1, 'a'), (2, 'b'), (3, null)", False),
    ],
)
def test_sums_of_rows_tell_tables_apart(rows: str, is_same: bool, tmp_path: Path) -> None:
    told = {}
    for name, values in (("one", "(1, 'a'), (1, 'a'), (2, 'b'), (3, null)"), ("other", rows)):
        with duckdb.connect(str(tmp_path / name)) as connection:
            connection.execute("create schema marts")
            connection.execute(
                f"create table marts.mart as select * from (values {values}) as rows (number, letter)"
            )
        told[name] = sums_of_rows(tmp_path / name, ["mart"])
    assert (told["one"] == told["other"]) is is_same
