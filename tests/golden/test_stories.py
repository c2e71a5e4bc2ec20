"""Every story folder: what finance expects is what the marts publish under the story's policy."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.building.dbt_slot import Warehouse
from tests.building.expectations import published, shown
from tests.building.stories import read_policy, read_story, story_folders

pytestmark = pytest.mark.slow

STORIES = Path(__file__).parent / "stories"
CASES = [
    pytest.param(folder, mart, id=f"{folder.name}-{mart}")
    for folder in story_folders(STORIES)
    for mart in sorted(path.stem.removeprefix("expected_") for path in folder.glob("expected_*"))
]


@pytest.mark.parametrize(("folder", "mart"), CASES)
def test_story(golden: Callable[[dict[str, Any]], Warehouse], folder: Path, mart: str) -> None:
    story = read_story(folder)
    expected = story.expected[mart]
    actual = published(golden(story.policy), folder.name, mart, expected)
    assert shown(actual, expected) == shown(expected, expected)


@pytest.mark.parametrize("folder", story_folders(STORIES), ids=lambda folder: folder.name)
def test_story_is_told(folder: Path) -> None:
    text = (folder / "story.md").read_text(encoding="utf-8")
    assert text.startswith("# ")
    assert "Expected:" in text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("discount_policie: none", "no policy"),
        ("discount_policy: all_active", "default value"),
        ("- discount_policy", "no mapping"),
        ("", "no mapping"),
    ],
)
def test_a_policy_that_says_nothing_is_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "policy.yml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=message):
        read_policy(path)


@pytest.mark.parametrize(
    "name", ["billing_subscriptoins.csv", "expected_fct_revenue.cvs", "notes.txt"]
)
def test_a_file_of_an_unknown_name_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "story.md").write_text("# A story", encoding="utf-8")
    (tmp_path / "expected_fct_revenue.csv").write_text("customer_id\n", encoding="utf-8")
    (tmp_path / name).write_text("a\n", encoding="utf-8")
    with pytest.raises(ValueError, match="is neither"):
        read_story(tmp_path)


def test_the_readme_names_every_story_once() -> None:
    table = (STORIES.parent / "README.md").read_text(encoding="utf-8")
    named = re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)
    assert sorted(named) == [folder.name for folder in story_folders(STORIES)]
