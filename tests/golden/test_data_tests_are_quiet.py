"""On the stories, which are sound companies, every data test ran and passed.

Under each policy of the stories those of what they expect ran too, since a law that holds under the default
may fail under another.
That each of them can fire is `tests/integration/test_identities_fire.py` and `test_generic_tests.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from orchestration.settings import DBT_PROJECT_DIR
from tests.building.dbt_slot import Warehouse
from tests.building.stories import read_story, story_folders

pytestmark = pytest.mark.slow

STORIES = Path(__file__).parent / "stories"
# A policy by the first of the stories that run under it.
POLICIES = {
    str(story.policy): pytest.param(story.policy, id=story.name if story.policy else "default")
    for story in map(read_story, reversed(story_folders(STORIES)))
}


@pytest.mark.parametrize("policy", POLICIES.values())
def test_no_data_test_fires(
    golden: Callable[[dict[str, Any]], Warehouse], policy: dict[str, Any]
) -> None:
    results = golden(policy).results
    assert results
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
