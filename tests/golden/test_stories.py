"""Every story folder: what finance expects is what the marts publish."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.building.dbt_slot import Warehouse
from tests.building.expectations import published, shown
from tests.building.stories import read_story

pytestmark = pytest.mark.slow

STORIES = Path(__file__).parent / "stories"
CASES = [
    pytest.param(folder, mart, id=f"{folder.name}-{mart}")
    for folder in sorted(STORIES.iterdir())
    for mart in sorted(path.stem.removeprefix("expected_") for path in folder.glob("expected_*"))
]


@pytest.mark.parametrize(("folder", "mart"), CASES)
def test_story(golden: Callable[[dict[str, Any]], Warehouse], folder: Path, mart: str) -> None:
    expected = read_story(folder).expected[mart]
    actual = published(golden({}), folder.name, mart, expected)
    assert shown(actual, expected) == shown(expected, expected)


@pytest.mark.parametrize("folder", sorted(STORIES.iterdir()), ids=lambda folder: folder.name)
def test_story_is_told(folder: Path) -> None:
    text = (folder / "story.md").read_text(encoding="utf-8")
    assert text.startswith("# ")
    assert "Expected:" in text
