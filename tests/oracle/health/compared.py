"""Differences between the oracle's measures and those that the card and the churn model read."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import isclose
from typing import Any

from tests.building.dbt_slot import Warehouse
from tests.oracle.answers import Answers
from tests.oracle.comparing import table_differences
from tests.oracle.exchange import Rates
from tests.oracle.health.measures import Health, Measures
from tests.oracle.marts import read
from tests.oracle.policy import Policy
from tests.oracle.raw_rows import Company

# Weekly snapshots, and month starts with their labels.
CARD, CHURN = "int_health_card_inputs", "int_churn_snapshots"
MODELS = (CARD, CHURN)
PLUMBING = frozenset({"is_settled", "fingerprint"})
# Logarithms and quotients are published as doubles.
DOUBLE = 1e-12


def differences(
    warehouse: Warehouse,
    companies: Sequence[Company],
    answers: Sequence[Answers],
    rates: Rates,
    policy: Policy,
    counted: Counter[tuple[str, str]] | None = None,
) -> dict[str, list[str]]:
    """Cells in which the two disagree, by company; `counted` takes the rows that have a value, by column."""
    months = _months(warehouse)
    published = {name: _published(warehouse, name) for name in MODELS}
    found: dict[str, list[str]] = {}
    for company, said in zip(companies, answers, strict=True):
        health = Health(company, said.ledgers, rates, policy)
        told = {CARD: health.card(), CHURN: health.churn(months)}
        found[company.name] = []
        for name, expected in told.items():
            found[company.name] += _compared(name, expected, published[name][company.name])
            for cells in expected.values() if counted is not None else ():
                counted.update((name, column) for column, cell in cells.items() if cell is not None)
    return found


def _compared(name: str, expected: Measures, actual: Measures) -> list[str]:
    """Rows in which they differ; a cell that is the same to the last digits of a double is shown alike."""
    alike = {
        key: {
            column: cells[column] if _is_same(told, cells[column]) else told
            for column, told in expected[key].items()
        }
        for key, cells in actual.items()
        if key in expected and set(cells) == set(expected[key])
    }
    return table_differences(name, {**expected, **alike}, actual)


def _is_same(expected: Any, actual: Any) -> bool:
    """Whether a cell is what the oracle says, as a double if it is one."""
    if isinstance(actual, float) and isinstance(expected, (int, float, Fraction, Decimal)):
        return isclose(expected, actual, rel_tol=DOUBLE, abs_tol=DOUBLE)
    return bool(expected == actual)


def _published(warehouse: Warehouse, name: str) -> Mapping[str, Measures]:
    found: dict[str, Measures] = defaultdict(dict)
    for row in read(warehouse, f"select * from intermediate.{name}"):
        cells = {column: cell for column, cell in row.items() if column not in PLUMBING}
        key = (cells.pop("customer_id"), cells.pop("as_of_date"))
        found[cells["source_id"]][key] = cells
    return found


def _months(warehouse: Warehouse) -> list[date]:
    sql = "select period_start from intermediate.int_periods_spanned where grain = 'month'"
    return [row["period_start"] for row in read(warehouse, sql)]
