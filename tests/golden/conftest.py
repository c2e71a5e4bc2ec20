"""All stories and worked examples of one policy, built once a session in one dbt build."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.building.dbt_slot import MARTS, DbtError, DbtSlot, Warehouse, rows_of
from tests.building.landing_writer import Delivery, write_landing
from tests.building.stories import read_story, story_folders
from tests.golden.worked_examples import read_examples

STORIES = Path(__file__).parent / "stories"


@dataclass(frozen=True)
class KeptOpen(Warehouse):
    """A warehouse that hundreds of tests read and none changes: opening it takes longer than reading."""

    @cached_property
    def connection(self) -> duckdb.DuckDBPyConnection:
        return duckdb.connect(str(self.path), read_only=True)

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[dict[str, Any]]:
        return rows_of(self.connection.execute(sql, list(parameters)))


@pytest.fixture(scope="session")
def golden(
    dbt_slot: DbtSlot, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[dict[str, Any]], Warehouse]:
    """The warehouse of everything that runs under a policy, built when first asked for.

    A build runs the project's data tests as well: the stories are sound companies, on which every test
    must be quiet. Under the default policy everything is built, under another what its stories expect.
    """
    deliveries: dict[str, list[Delivery]] = {}
    expected: dict[str, set[str]] = {}
    built: dict[str, Warehouse | DbtError] = {}
    for folder in story_folders(STORIES):
        story = read_story(folder)
        deliveries.setdefault(_key(story.policy), []).extend(story.deliveries())
        expected.setdefault(_key(story.policy), set()).update(story.expected)
    for example in read_examples():
        marts = (str(lookup["mart"]) for lookup in example.expect)
        expected.setdefault(_key(example.policy), set()).update(marts)
        for company in example.companies:
            deliveries.setdefault(_key(example.policy), []).extend(company.deliveries())

    def warehouse(policy: dict[str, Any]) -> Warehouse:
        key = _key(policy)
        if key not in built:
            landing = write_landing(tmp_path_factory.mktemp("golden") / "landing", deliveries[key])
            try:
                select = [f"+{mart}" for mart in sorted(expected[key])] if policy else MARTS
                made = dbt_slot.build(landing, select=select, policy=policy, without=("unit_test",))
                built[key] = KeptOpen(made.path, made.results)
            except DbtError as error:
                built[key] = error
        found = built[key]
        if isinstance(found, DbtError):
            # Every test of this policy fails at once instead of building it again.
            raise found
        return found

    return warehouse


def _key(policy: dict[str, Any]) -> str:
    return json.dumps(policy, sort_keys=True)
