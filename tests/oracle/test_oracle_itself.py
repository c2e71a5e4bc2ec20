"""The oracle alone, without dbt: it says what finance expects of every story, and differences show."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from data_quality.contracts import load_contract
from tests.building.expectations import shown
from tests.building.stories import Story, read_story
from tests.oracle import domains
from tests.oracle.amounts import SCALE, quotient, rounded
from tests.oracle.answers import WINDOWS, answer
from tests.oracle.comparing import TOTALS, differences
from tests.oracle.exchange import Rates
from tests.oracle.policy import Policy, policy_told
from tests.oracle.published import MOVEMENT_CELLS
from tests.oracle.raw_rows import Company, Row
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


@pytest.mark.parametrize(("value", "nearest"), [("0.5", 1), ("-0.5", -1), ("1.49", 1), ("2.5", 3)])
def test_rounding_is_half_away_from_zero(value: str, nearest: int) -> None:
    assert rounded(Fraction(value) / SCALE) == nearest


def test_nothing_over_nothing_is_no_rate() -> None:
    assert quotient(3, 0) is None
    assert quotient(1, 3) == 3333333333
