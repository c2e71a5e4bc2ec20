"""Stories and worked examples as proofs: what one build of all companies of a policy publishes.

Each check is the test of tests/golden itself, called with a warehouse that has a fault in it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import duckdb

from tests.building.dbt_slot import Warehouse
from tests.building.landing_writer import Delivery
from tests.building.stories import read_story, story_folders
from tests.golden.test_retention_recomputed import test_every_period_of_every_grain
from tests.golden.test_stories import STORIES, test_story
from tests.golden.test_time_to_value_recomputed import test_every_cohort
from tests.golden.test_trends_recomputed import test_every_metric_of_the_company_as_a_whole
from tests.golden.test_worked_examples import EXAMPLES, test_worked_example

Golden = Callable[[dict[str, Any]], Warehouse]
# What is computed anew of all stories together: the mart and the test.
RECOMPUTED: Mapping[str, tuple[str, Callable[[Golden], None]]] = {
    "retention recomputed from the ledger": ("fct_retention", test_every_period_of_every_grain),
    "time to value recomputed": ("fct_time_to_value", test_every_cohort),
    "trends recomputed": ("fct_metrics", test_every_metric_of_the_company_as_a_whole),
}


@dataclass(frozen=True)
class OpenWarehouse(Warehouse):
    """A warehouse that stays open for some hundred small queries."""

    connection: duckdb.DuckDBPyConnection | None = None

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[dict[str, Any]]:
        assert self.connection is not None
        cursor = self.connection.execute(sql, list(parameters))
        names = [column[0] for column in cursor.description or []]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


@dataclass(frozen=True)
class Check:
    """What one story or example expects of one mart."""

    name: str
    mart: str
    test: Callable[[Golden], None]


@dataclass
class Group:
    """Companies that are built together because they share a policy, and what is checked of them."""

    policy: Mapping[str, Any]
    deliveries: list[Delivery] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The policy in words."""
        return ", ".join(f"{name} {value}" for name, value in self.policy.items()) or "default"

    @property
    def marts(self) -> set[str]:
        """Names of the marts that are looked at."""
        return {check.mart for check in self.checks}

    def broken(self, warehouse: Warehouse, marts: set[str]) -> list[str]:
        """Names of the stories and examples that do not come out as expected in some of the marts."""
        with duckdb.connect(str(warehouse.path), read_only=True) as connection:
            opened = OpenWarehouse(warehouse.path, warehouse.results, connection)
            return sorted(
                {
                    check.name
                    for check in self.checks
                    if check.mart in marts and not _holds(check.test, opened)
                }
            )


def groups() -> list[Group]:
    """All stories and worked examples by policy, the default policy first."""
    default = Group({})
    found = {_key(default.policy): default}
    for folder in story_folders(STORIES):
        story = read_story(folder)
        group = found.setdefault(_key(story.policy), Group(story.policy))
        group.deliveries += story.deliveries()
        for mart in story.expected:
            check = partial(test_story, folder=folder, mart=mart)
            group.checks.append(Check(f"story {story.name}", mart, check))
    for example in EXAMPLES:
        group = found.setdefault(_key(example.policy), Group(example.policy))
        for company in example.companies:
            group.deliveries += company.deliveries()
        for lookup in example.expect:
            check = partial(test_worked_example, example=example, lookup=lookup)
            group.checks.append(Check(f"worked example {example.id}", lookup["mart"], check))
    default.checks += [Check(name, mart, test) for name, (mart, test) in RECOMPUTED.items()]
    return list(found.values())


def _holds(check: Callable[[Golden], None], warehouse: Warehouse) -> bool:
    try:
        check(lambda _policy: warehouse)
    except (AssertionError, TypeError):  # a TypeError where NULL stands instead of a number
        return False
    return True


def _key(policy: Mapping[str, Any]) -> str:
    return json.dumps(policy, sort_keys=True)
