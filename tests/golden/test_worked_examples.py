"""Worked examples with sources: the published rows show the cited result, to the digits shown."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from orchestration.settings import PROJECT_ROOT
from tests.building.dbt_slot import Warehouse
from tests.building.expectations import mart_shapes
from tests.golden.worked_examples import Example, read_elsewhere, read_examples

EXAMPLES = read_examples()
CASES = [
    pytest.param(example, lookup, id=f"{example.id}-{number}-{lookup['column']}")
    for example in EXAMPLES
    for number, lookup in enumerate(example.expect, start=1)
]


@pytest.mark.slow
@pytest.mark.parametrize(("example", "lookup"), CASES)
def test_worked_example(
    golden: Callable[[dict[str, Any]], Warehouse], example: Example, lookup: Mapping[str, Any]
) -> None:
    rows = _rows(golden(example.policy), lookup)
    assert len(rows) == lookup.get("rows", len(rows) or 1)
    expected = Decimal(lookup["is"])
    total = sum(rows, Decimal(0))
    assert total.quantize(expected, ROUND_HALF_UP) == expected


def _rows(warehouse: Warehouse, lookup: Mapping[str, Any]) -> list[Decimal]:
    """Values of a column in the example's own rows of a mart, narrowed by `where`.

    A lookup that names a segment tells of periods that the example has for itself.
    """
    mart, company = lookup["mart"], lookup["company"]
    shape = mart_shapes()[mart]
    conditions: list[str] = []
    values: list[str] = []
    if "segment_name" in lookup["where"]:
        pass
    elif "segment_name" in shape.grain:
        conditions, values = ["segment_name = 'industry'", "segment_value = ?"], [company]
    else:
        conditions, values = [f"starts_with({shape.owner} || ':', ? || ':')"], [company]
    for name, value in lookup["where"].items():
        conditions.append(
            {
                "month": "strftime(change_date, '%Y-%m') = ?",
                "year": "cast(year(period_start) as varchar) = ?",
            }.get(name, f"cast({name} as varchar) = cast(? as varchar)")
            if name != lookup["column"]
            else f"{name} = cast(? as decimal(38, 10))"
        )
        values.append(str(value))
    sql = f"select {lookup['column']} as value from marts.{mart} where {' and '.join(conditions)}"
    return [Decimal(row["value"]) for row in warehouse.rows(sql, values)]


def test_each_example_is_here_once() -> None:
    ids = [example.id for example in EXAMPLES]
    assert len(ids) == len(set(ids))
    assert not set(ids) & set(read_elsewhere())


def test_no_example_of_the_reference_is_forgotten() -> None:
    """Every worked example is proven here, or named with the place or the section it belongs to."""
    default = PROJECT_ROOT.parent / "shared" / "golden" / "examples.yml"
    path = Path(os.environ.get("TENURE_GOLDEN", default))
    if not path.is_file():
        pytest.skip(f"no reference list of worked examples: {path} does not exist")
    wanted = {entry["id"] for entry in yaml.safe_load(path.read_text(encoding="utf-8"))}
    assert wanted - {example.id for example in EXAMPLES} - set(read_elsewhere()) == set()
