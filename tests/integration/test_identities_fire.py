"""Every singular data test fires: on a company whose raw data break each rule, and on spoilt marts.

That all of them are quiet on sound companies is `tests/golden/test_data_tests_are_quiet.py`.
"""

from __future__ import annotations

import duckdb
import pytest

from orchestration.settings import DBT_PROJECT_DIR
from tests.building.dbt_slot import DbtSlot, Warehouse
from tests.building.landing_writer import Delivery, write_landing
from tests.integration.spoilt_marts import SPOILT
from tests.integration.unsound_company import UNSOUND, UNSOUND_ROWS

pytestmark = pytest.mark.slow

FOLDERS = ("identities", "inputs")


@pytest.fixture(scope="module")
def findings(dbt_slot: DbtSlot, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    deliveries = [Delivery("unsound", name, tuple(rows)) for name, rows in UNSOUND.items()]
    landing = write_landing(tmp_path_factory.mktemp("unsound") / "landing", deliveries)
    built = dbt_slot.build(landing)
    with duckdb.connect(str(built.path)) as connection:
        for statement, _ in SPOILT.values():
            (changed,) = connection.execute(statement).fetchone() or (0,)
            assert changed, statement
    return dbt_slot.test(built, *(f"path:tests/{folder}" for folder in FOLDERS))


@pytest.mark.parametrize("name", UNSOUND_ROWS)
def test_fires_on_unsound_data(findings: Warehouse, name: str) -> None:
    result = findings.results[name]
    assert result["status"] == "fail", result["message"]
    assert result["failures"] == UNSOUND_ROWS[name]


@pytest.mark.parametrize("name", SPOILT)
def test_fires_on_a_spoilt_mart(findings: Warehouse, name: str) -> None:
    result = findings.results[name]
    assert result["status"] == "fail", result["message"]
    query = f"select count(*) as n from ({result['compiled_code']}) where {SPOILT[name][1]}"
    assert findings.value(query) >= 1


def test_every_singular_test_has_a_case() -> None:
    files = {
        path.stem
        for folder in FOLDERS
        for path in (DBT_PROJECT_DIR / "tests" / folder).glob("*.sql")
    }
    assert files == set(UNSOUND_ROWS) | set(SPOILT)
