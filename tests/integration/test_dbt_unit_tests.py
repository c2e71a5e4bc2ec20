"""Runs every dbt unit test of the revenue models, on a company without a single row.

The unit tests stand beside the models, in `_*__unit_tests.yml`; one dbt build of an empty landing makes
the tables whose columns they need, and runs them.
"""

from __future__ import annotations

import pytest

from tests.building.dbt_slot import DbtSlot, Warehouse
from tests.building.landing_writer import write_landing

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def empty(dbt_slot: DbtSlot, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    landing = write_landing(tmp_path_factory.mktemp("empty") / "landing", [])
    return dbt_slot.build(landing, without=("test",), check=False, scored=True)


def test_every_unit_test_passes(empty: Warehouse) -> None:
    bad = {
        name: result["message"]
        for name, result in empty.results.items()
        if result["status"] not in ("pass", "success")
    }
    assert bad == {}


def test_the_unit_tests_ran(empty: Warehouse) -> None:
    ran = [
        name for name, result in empty.results.items() if result["unique_id"].startswith("unit_")
    ]
    assert len(ran) >= 60


def test_a_company_without_rows_has_marts_without_rows(empty: Warehouse) -> None:
    for mart in ("fct_mrr_roll_forward", "fct_mrr_movements", "fct_retention", "dim_customers"):
        assert empty.value(f"select count(*) as n from marts.{mart}") == 0, mart
