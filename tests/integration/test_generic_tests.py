"""Each generic data test fires on a broken table and stays quiet on a sound one.

The cases are models of a scratch folder in the session's copy of the project: one dbt build of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from orchestration.settings import DBT_PROJECT_DIR
from tests.building.dbt_slot import DbtSlot
from tests.building.landing_writer import write_landing

pytestmark = pytest.mark.slow

COLUMNS = ("key", "from_day", "to_day", "amount")
INTERVALS = {"columns": ["key"], "from_column": "from_day", "to_column": "to_day"}
EDGES = {"from_column": "from_day", "to_column": "to_day"}
SOUND = [("a", 1, 3, 0), ("a", 3, None, 1), ("b", 2, 5, 2), ("b", 5, 6, None)]
# test -> (arguments, a broken table, how many rows it must find there, a sound table)
CASES: dict[str, tuple[dict[str, Any], list[tuple[Any, ...]], int, list[tuple[Any, ...]]]] = {
    "unique_combination": (
        {"columns": ["key", "from_day"]},
        [("a", 1, 2, 0), ("a", 1, 3, 0), ("b", 1, 2, 0)],
        1,
        SOUND,
    ),
    "intervals_without_overlap": (
        INTERVALS,
        [("a", 1, 3, 0), ("a", 2, 5, 0), ("b", 1, None, 0), ("b", 9, None, 0)],
        2,
        [*SOUND, ("c", 1, 2, 0), ("c", 9, 10, 0)],
    ),
    "intervals_without_gap": (INTERVALS, [("a", 1, 3, 0), ("a", 4, None, 0)], 1, SOUND),
    "intervals_forward": (EDGES, [("a", 3, 3, 0), ("b", 4, 2, 0), ("c", None, 2, 0)], 3, SOUND),
    "at_least": (
        {"column_name": "amount", "bound": 0},
        [("a", 1, 2, -1), ("b", 1, 2, 0), ("c", 1, 2, None)],
        1,
        SOUND,
    ),
}


def _model(rows: list[tuple[Any, ...]]) -> str:
    def literal(value: Any) -> str:
        return "null" if value is None else f"'{value}'" if isinstance(value, str) else str(value)

    values = ", ".join(f"({', '.join(literal(value) for value in row)})" for row in rows)
    return f"select * from (values {values}) as cases ({', '.join(COLUMNS)})"


@pytest.fixture(scope="module")
def results(
    dbt_slot: DbtSlot, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, dict[str, Any]]]:
    folder = dbt_slot.project / "models" / "generic_test_cases"
    folder.mkdir()
    models = []
    for test, (arguments, broken, _, sound) in CASES.items():
        for name, rows in ((f"{test}__fires", broken), (f"{test}__quiet", sound)):
            (folder / f"{name}.sql").write_text(_model(rows), encoding="utf-8")
            named = {"name": f"test_{name}", "arguments": arguments}
            models.append({"name": name, "data_tests": [{test: named}]})
    (folder / "cases.yml").write_text(yaml.safe_dump({"models": models}), encoding="utf-8")
    landing = write_landing(tmp_path_factory.mktemp("generic") / "landing", [])
    dbt_slot.landing.unlink(missing_ok=True)
    dbt_slot.landing.symlink_to(landing)
    dbt_slot.dbt("build", "--select", "path:models/generic_test_cases", check=False)
    yield dbt_slot.results()
    dbt_slot.warehouse.unlink()
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()


@pytest.mark.parametrize("test", CASES)
def test_fires(results: dict[str, dict[str, Any]], test: str) -> None:
    result = results[f"test_{test}__fires"]
    assert (result["status"], result["failures"]) == ("fail", CASES[test][2]), result["message"]


@pytest.mark.parametrize("test", CASES)
def test_stays_quiet(results: dict[str, dict[str, Any]], test: str) -> None:
    assert results[f"test_{test}__quiet"]["status"] == "pass"


def test_every_generic_test_has_its_cases() -> None:
    folder = DBT_PROJECT_DIR / "tests" / "generic"
    assert {path.stem for path in folder.glob("*.sql")} == set(CASES)


def test_every_generic_test_wraps_a_macro() -> None:
    """The query is in a macro, so that other tests and models can use it."""
    for path in sorted(Path(DBT_PROJECT_DIR / "tests" / "generic").glob("*.sql")):
        body = path.read_text(encoding="utf-8").partition("%}")[2].rpartition("{%")[0].strip()
        assert body.startswith("{{"), path.name
        assert body.endswith("}}"), path.name
