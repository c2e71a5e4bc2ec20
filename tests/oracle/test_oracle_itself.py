"""The oracle alone, without dbt: it says what finance expects of every story, and differences show."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from data_quality.contracts import load_contract
from tests.building.dbt_slot import Warehouse
from tests.building.expectations import shown
from tests.building.stories import Story, read_story
from tests.oracle import domains, published_metrics
from tests.oracle.amounts import SCALE, quotient, rounded
from tests.oracle.answers import WINDOWS, answer
from tests.oracle.comparing import TOTALS, differences
from tests.oracle.exchange import Rates
from tests.oracle.paths import Path as Onboarded
from tests.oracle.policy import Policy, policy_told
from tests.oracle.published import MOVEMENT_CELLS
from tests.oracle.raw_rows import Company, Row
from tests.oracle.running import generate
from tests.oracle.standing import Calendar


def _rebuilds(story: Story) -> bool:
    return any(row.get("period_start_at") for row in story.inputs.get("billing_invoice_lines", ()))


STORIES = Path(__file__).parents[1] / "golden" / "stories"
CASES = [
    pytest.param(path.parent, mart, id=f"{path.parent.name}-{mart}")
    for mart in ("fct_mrr_movements", "fct_mrr_changes")
    for path in sorted(STORIES.glob(f"*/expected_{mart}.csv"))
    # The oracle does not rebuild from invoices what is older than the first pull.
    if not _rebuilds(read_story(path.parent))
]
AS_OF = datetime.fromisoformat("2026-01-01")
POLICY = Policy(AS_OF, AS_OF)
FIRST = date(2024, 1, 1)
TYPED: dict[str, Callable[[str], Any]] = {
    "timestamp": datetime.fromisoformat,
    "date": date.fromisoformat,
    "integer": int,
    "boolean": lambda word: word == "true",
}


def company_of(story: Story) -> Company:
    """A story's rows as the oracle reads them."""
    return Company(
        story.name,
        {name: [_typed(name, row) for row in rows] for name, rows in story.inputs.items()},
    )


def _typed(name: str, row: Any) -> Row:
    loaded = row.get("_loaded_at")
    typed: Row = {
        "_loaded_at": datetime.fromisoformat(loaded) if loaded else AS_OF,
        "_operation": row.get("_operation") or "upsert",
    }
    for column in load_contract(name).columns:
        text = row.get(column.name) or None
        kind = Decimal if column.type.startswith("decimal") else TYPED.get(column.type, str)
        typed[column.name] = text and kind(text)
    return typed


@pytest.mark.parametrize(("folder", "mart"), CASES)
def test_oracle_tells_the_story(folder: Path, mart: str) -> None:
    story = read_story(folder)
    expected = story.expected[mart]
    company = company_of(story)
    policy = policy_told(AS_OF, story.policy)
    oracle = answer(company, Rates(company, policy), policy, FIRST)
    rows = (
        _movements(oracle.movements)
        if mart == "fct_mrr_movements"
        else _changes(oracle.changes, policy)
    )
    grains = {row.get("grain") for row in expected}
    told = [row for row in rows if row.get("grain") in grains]
    names = list(expected[0])
    assert shown([{name: row[name] for name in names} for row in told], expected) == shown(
        expected, expected
    )


@pytest.mark.parametrize(
    "folder",
    [path.parent for path in sorted(STORIES.glob("*/expected_fct_lifecycle_stages.csv"))],
    ids=lambda folder: folder.name,
)
def test_oracle_tells_the_stages_of_the_story(folder: Path) -> None:
    story = read_story(folder)
    expected = story.expected["fct_lifecycle_stages"]
    company = company_of(story)
    policy = policy_told(AS_OF, story.policy)
    rates = Rates(company, policy)
    said = answer(company, rates, policy, FIRST)
    told = domains.tell_all([company], rates, policy, [said], Calendar(FIRST, policy))
    rows = [
        {
            name: (value or "").partition(":")[2] or None if name == "customer_id" else value
            for name, value in {**row, "stage_number": number}.items()
            if name in expected[0]
        }
        for (_, number), row in told[story.name].rows["fct_lifecycle_stages"].items()
    ]
    names = list(expected[0])
    assert shown([{name: row[name] for name in names} for row in rows], expected) == shown(
        expected, expected
    )


def _movements(table: Any) -> list[dict[str, Any]]:
    names = ("period_end", *MOVEMENT_CELLS)
    return [
        dict(zip(("grain", "period_start", "customer_id", "movement_type"), key, strict=True))
        | dict(zip(names, cells, strict=True))
        | {"customer_id": key[2].partition(":")[2], "movement_amount": Decimal(cells[1]) / SCALE}
        for key, cells in table.items()
    ]


def _changes(table: Any, policy: Policy) -> list[dict[str, Any]]:
    return [
        {
            "customer_id": key[0].partition(":")[2],
            "changed_at": key[1],
            "change_date": policy.day_of(key[1]),
            "movement_type": key[2],
            "movement_amount": Decimal(cells[0]) / SCALE,
            "starting_mrr_amount": Decimal(cells[1]) / SCALE,
            "ending_mrr_amount": Decimal(cells[2]) / SCALE,
        }
        for key, cells in table.items()
    ]


def test_one_changed_cell_is_a_difference() -> None:
    company = company_of(read_story(STORIES / "past_due"))
    oracle = answer(company, Rates(company, POLICY), POLICY, FIRST)
    rows: dict[str, Any] = {
        name: {
            key: row_of(sums)
            for key, sums in oracle.sums.items()
            if name != "retention" or key[0] in WINDOWS
        }
        for name, row_of in TOTALS.items()
    }
    marts = replace(oracle, **rows)
    assert differences(oracle, marts) == []
    key = ("month", date(2025, 3, 1))
    for name, column in [("retention", "quick_ratio"), ("roll_forward", "ending_mrr_amount")]:
        table = {**rows[name], key: {**rows[name][key], column: 7}}
        assert len(differences(oracle, replace(marts, **{name: table}))) == 1
        table.pop(key)
        assert len(differences(oracle, replace(marts, **{name: table}))) == 1
    fewer = replace(marts, changes=dict(list(oracle.changes.items())[1:]))
    assert len(differences(oracle, fewer)) == 1


def test_what_is_drawn_does_not_depend_on_the_modules_that_are_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = generate(11, 8)
    # Many numbers that no strategy of the oracle holds: Hypothesis itself would draw some of them.
    code = f"DAYS = {list(range(101, 471, 7))}\nSTEPS = {list(range(-19_993, 20_000, 1_009))}\n"
    (tmp_path / "loaded_later.py").write_text(code, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    importlib.import_module("loaded_later")
    try:
        assert generate(11, 8) == before
    finally:
        del sys.modules["loaded_later"]


def test_who_left_before_onboarding_started_was_seen_for_no_day() -> None:
    told = frozenset({"value"})
    begun = datetime.fromisoformat("2025-03-02")
    path = Onboarded("c", started=begun, end=datetime.fromisoformat("2025-04-01"), told=told)
    assert path.observed == timedelta(30)
    assert replace(path, left=datetime.fromisoformat("2025-03-07")).observed == timedelta(5)
    assert replace(path, left=datetime.fromisoformat("2024-05-30")).observed == timedelta(0)


class Metrics(Warehouse):
    """A warehouse with one metric: active users a day, over the days on which use was collected."""

    def __init__(self, cells: dict[str, tuple[int, int, int]]) -> None:
        super().__init__(Path())
        self.cells = cells

    def rows(self, sql: str, parameters: Any = ()) -> list[dict[str, Any]]:
        name = "average_daily_active_users"
        if "dim_metrics" in sql:
            parts = {"numerator": "active_user_days_count", "denominator": "observed_days_count"}
            return [{"metric_name": name, "mart": "fct_active_users", **parts}]
        if "information_schema" in sql:
            return []
        place = {
            "metric_name": name,
            "grain": "month",
            "period_start": FIRST,
            "segment_name": "csm",
        }
        cells = ("numerator", "denominator", "value")
        return [
            {**place, "segment_value": segment, **dict(zip(cells, told, strict=True))}
            for segment, told in self.cells.items()
        ]


@pytest.mark.parametrize(
    ("told", "count"),
    [
        ({"ana": (62, 31, 2 * SCALE)}, 0),
        # Nobody in cleo's care ever did anything: days passed, and that is nothing that happened.
        ({"ana": (62, 31, 2 * SCALE), "cleo": (0, 31, 0)}, 0),
        ({"ana": (62, 31, 2 * SCALE), "cleo": (31, 31, SCALE)}, 1),
        ({"ana": (62, 30, 2 * SCALE)}, 1),
        ({}, 1),
    ],
)
def test_a_metric_of_nothing_in_a_segment_of_nothing_is_no_difference(
    told: dict[str, tuple[int, int, int]], count: int
) -> None:
    cells = {"active_user_days_count": 62, "observed_days_count": 31}
    expected = {("month", FIRST, "csm", "ana", "active"): cells}
    found = published_metrics.differences(Metrics(told), {"fct_active_users": expected})
    assert len(found) == count


@pytest.mark.parametrize(("value", "nearest"), [("0.5", 1), ("-0.5", -1), ("1.49", 1), ("2.5", 3)])
def test_rounding_is_half_away_from_zero(value: str, nearest: int) -> None:
    assert rounded(Fraction(value) / SCALE) == nearest


def test_nothing_over_nothing_is_no_rate() -> None:
    assert quotient(3, 0) is None
    assert quotient(1, 3) == 3333333333
