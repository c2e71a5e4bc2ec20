"""On the stories, which are sound companies, every data test of the revenue models ran and passed.

That each of them can fire is `tests/integration/test_identities_fire.py` and `test_generic_tests.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from orchestration.settings import DBT_PROJECT_DIR
from tests.building.dbt_slot import Warehouse

pytestmark = pytest.mark.slow


def test_no_data_test_fires(golden: Callable[[dict[str, Any]], Warehouse]) -> None:
    results = golden({}).results
    assert {
        name for name, result in results.items() if result["status"] not in ("pass", "success")
    } == set()


@pytest.mark.parametrize("folder", ["identities", "inputs"])
def test_every_singular_test_ran(
    golden: Callable[[dict[str, Any]], Warehouse], folder: str
) -> None:
    names = {path.stem for path in (DBT_PROJECT_DIR / "tests" / folder).glob("*.sql")}
    assert names
    assert names <= set(golden({}).results)
