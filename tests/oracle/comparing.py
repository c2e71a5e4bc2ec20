"""Differences between the oracle's answers and what is published, cell by cell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tests.oracle import totals
from tests.oracle.answers import WINDOWS, Answers
from tests.oracle.raw_rows import Company
from tests.oracle.totals import Cells, Sums

TABLES = ("items", "changes", "movements", "customers", "clicks")
# The rows of each mart of totals that follow from the sums.
TOTALS: dict[str, Callable[[Sums], Cells]] = {
    "roll_forward": totals.roll_forward, "retention": totals.retention, "revenue": totals.revenue,
}  # fmt: skip


def differences(oracle: Answers, marts: Answers) -> list[str]:
    """Each cell in which the two disagree, as a line for people."""
    found = []
    for name in TABLES:
        expected, actual = getattr(oracle, name), getattr(marts, name)
        if name == "customers":
            expected = {key: row for key, row in expected.items() if row[0]}
        found += table_differences(name, expected, actual)
    for name, row_of in TOTALS.items():
        actual = getattr(marts, name)
        grains = [key for key in oracle.sums if name != "retention" or key[0] in WINDOWS]
        if not actual and not any(oracle.sums[key] for key in grains):
            # Whether a company that has never had anything has rows of 0 is not defined.
            continue
        expected = {key: row_of(Counter(oracle.sums[key])) for key in grains}
        found += table_differences(name, expected, actual)
    return found


def table_differences(
    name: str, expected: Mapping[Any, Any], actual: Mapping[Any, Any]
) -> list[str]:
    """Each row in which two tables differ."""
    found = []
    for key in sorted({*expected, *actual}, key=str):
        wanted, got = expected.get(key), actual.get(key)
        if wanted == got:
            continue
        if isinstance(wanted, dict) and isinstance(got, dict):
            names = sorted({*wanted, *got})
            wanted, got = (
                {n: row.get(n, "absent") for n in names if wanted.get(n, "") != got.get(n, "")}
                for row in (wanted, got)
            )
        where = ", ".join(str(part) for part in key)
        found.append(f"{name} [{where}]\n    oracle {_shown(wanted)}\n    marts  {_shown(got)}")
    return found


def _shown(value: Any) -> str:
    if value is None:
        return "has no such row"
    if isinstance(value, dict):
        return ", ".join(f"{name}={cell}" for name, cell in value.items())
    return ", ".join(str(cell) for cell in value)


def report(company: Company, found: Sequence[str], most: int = 6) -> str:
    """A company's raw rows and its first differences, to be read and to be kept as a story."""
    lines = [f"company {company.name}"]
    for name, rows in company.rows.items():
        for row in rows:
            told = {column: str(value) for column, value in row.items() if value is not None}
            lines.append(f"  {name} {told}")
    return "\n".join([*lines, *found[:most]])
