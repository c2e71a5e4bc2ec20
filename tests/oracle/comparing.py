"""Differences between the oracle's answers and what is published, cell by cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tests.oracle.answers import Answers
from tests.oracle.raw_rows import Company

TABLES = ("items", "changes", "movements", "customers", "roll_forward", "retention")


def differences(oracle: Answers, marts: Answers) -> list[str]:
    """Each cell in which the two disagree, as a line for people."""
    found = []
    for name in TABLES:
        expected, actual = getattr(oracle, name), getattr(marts, name)
        if name in {"roll_forward", "retention"} and not any(oracle.pays_or_tries()):
            # Whether a company that billing knows, but without any MRR, has rows of 0 is not defined.
            expected = {key: row for key, row in expected.items() if key in actual}
        if name == "customers":
            expected = {key: row for key, row in expected.items() if row[0]}
        found += _table(name, expected, actual)
    return found


def _table(name: str, expected: Mapping[Any, Any], actual: Mapping[Any, Any]) -> list[str]:
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
        for row in rows if name != "crm_accounts" else ():
            told = {column: str(value) for column, value in row.items() if value is not None}
            lines.append(f"  {name} {told}")
    return "\n".join([*lines, *found[:most]])
