"""The words in which suites are written: an observation and the checks on it.

No engine here; `data_quality/engine.py` runs them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from data_quality.results import Severity


@dataclass(frozen=True, kw_only=True)
class Check:
    """One rule.

    Attributes:
        rule: What should hold, in English.
        expectation: Name of the expectation class of Great Expectations.
        arguments: Its arguments.
        severity: Whether a failure stops the run.
        advice: What to do when it fails.
        where: For rules about rows: the SQL condition of rows that break it.
    """

    rule: str
    expectation: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    severity: Severity = "error"
    advice: str
    where: str | None = None


@dataclass(frozen=True, kw_only=True)
class Observation:
    """A small table of what was seen, computed by SQL, and the checks on it.

    Attributes:
        table: What people call the thing that is looked at.
        queries: SQL by table. More than one are stacked, and each is tried by itself, so that
            one broken table does not hide the others. All have the same columns.
        keys: Columns that say which row of the observation it is.
        checks: What should hold.
    """

    table: str
    queries: Mapping[str, str]
    keys: tuple[str, ...] = ()
    checks: tuple[Check, ...]


def no_row(rule: str, *, where: str, advice: str, severity: Severity = "error") -> Check:
    """Rule that no row of the observation fulfils a condition (SQL without braces)."""
    return Check(
        rule=rule,
        expectation="UnexpectedRowsExpectation",
        arguments={"unexpected_rows_query": f"select * from {{batch}} where {where}"},
        severity=severity,
        advice=advice,
        where=where,
    )


def between(
    rule: str,
    column: str,
    *,
    least: float | None = None,
    most: float | None = None,
    advice: str,
    severity: Severity = "error",
) -> Check:
    """Rule that every value of a column lies in a closed range; empty values are not judged."""
    return Check(
        rule=rule,
        expectation="ExpectColumnValuesToBeBetween",
        arguments={"column": column, "min_value": least, "max_value": most},
        severity=severity,
        advice=advice,
    )


def observe(table: str, query: str, *checks: Check, keys: tuple[str, ...] = ()) -> Observation:
    """Observation from one query."""
    return Observation(table=table, queries={table: query}, keys=keys, checks=checks)
