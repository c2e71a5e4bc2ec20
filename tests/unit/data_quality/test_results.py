"""Results are plain: they print, travel as JSON and come back equal."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from data_quality.results import (
    CheckResult,
    GateFailed,
    GateResult,
    plain,
    plain_rows,
    raise_if_failed,
    told_rows,
)


def check(**changes):
    values = {
        "layer": "marts",
        "table": "marts.fct_metrics",
        "rule": "in range",
        "severity": "error",
        "success": True,
    }
    return CheckResult(**{**values, **changes})


FAILED = check(
    success=False,
    failing_rows=({"metric_name": "nrr", "value": "-0.2"},),
    failing_row_count=12,
    message="marts.fct_metrics: rule broken: in range (12 rows: metric_name=nrr). Do this.",
)


@pytest.mark.parametrize(
    ("checks", "passed", "errors", "warnings"),
    [
        ([], True, 0, 0),
        ([check()], True, 0, 0),
        ([FAILED], False, 1, 0),
        ([check(success=False, severity="warning")], True, 0, 1),
        ([check(success=False, severity="warning", crashed=True)], False, 1, 0),
        ([check(), FAILED, check(success=False, severity="warning")], False, 1, 1),
    ],
)
def test_what_stops_the_run(checks, passed, errors, warnings):
    result = GateResult("marts", tuple(checks))
    assert (result.passed, len(result.errors), len(result.warnings)) == (passed, errors, warnings)


def test_json_comes_back_equal():
    result = GateResult("marts", (check(observed="0 rows"), FAILED))
    assert GateResult.from_json(result.to_json()) == result


def test_failure_names_table_rule_rows_and_advice():
    with pytest.raises(GateFailed, match=r"marts gate failed.*\n.*fct_metrics.*12 rows.*Do this"):
        raise_if_failed(GateResult("marts", (FAILED,)))
    good = GateResult("marts", (check(),))
    assert raise_if_failed(good) is good


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (True, True),
        (3, 3),
        (1.5, 1.5),
        (float("nan"), "nan"),
        (float("-inf"), "-inf"),
        (Decimal("350.0000000000"), "350"),
        (Decimal("1E+3"), "1000"),
        (Decimal("-0.0000000001"), "-0.0000000001"),
        (date(2026, 8, 1), "2026-08-01"),
        (datetime(2026, 8, 1, 12), "2026-08-01 12:00:00"),  # noqa: DTZ001 -- as DuckDB returns it
        (timedelta(days=1), "1 day, 0:00:00"),
        ([1, 2], "[1, 2]"),
    ],
)
def test_database_values_become_plain(value, expected):
    assert plain(value) == expected
    assert type(plain(value)) is type(expected)


def test_rows_are_told_in_few_words():
    rows = plain_rows(["a", "b"], [(1, None), (2, "x"), (3, "y"), (4, "z")])
    assert told_rows(rows) == "a=1, b=None; a=2, b=x; a=3, b=y; …"
    assert told_rows(rows[:1]) == "a=1, b=None"
