"""What is told of all companies of a build at once: calendar, segments, cohorts and metrics."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Any

from tests.building.dbt_slot import Warehouse
from tests.oracle.answers import WINDOWS, Answers, Key
from tests.oracle.cohorts import cohorts
from tests.oracle.comparing import TOTALS, table_differences
from tests.oracle.marts import read
from tests.oracle.metrics import metrics
from tests.oracle.policy import Policy
from tests.oracle.published import TOTALS as MARTS
from tests.oracle.published import calendar, first_billed, told
from tests.oracle.standing import Calendar
from tests.oracle.totals import Sums

# The companies' own rows are compared one by one: each is an industry.
OWN = "industry"


def calendars(warehouse: Warehouse, days: Calendar | None, answers: Sequence[Answers]) -> list[str]:
    """Periods that are missing or too many, of all domains and of what is billed."""
    wanted = {
        (grain, start): (end, days.policy.start_of(end) <= days.policy.as_of)
        for own in (days.periods.values() if days else ())
        for grain, start, end in own
    }
    billed = min((found.first_day for found in answers if found.first_day), default=None)
    return [
        *table_differences("calendar", wanted, calendar(warehouse)),
        *table_differences("billed", {(): (billed,)}, {(): (first_billed(warehouse),)}),
    ]


def differences(
    warehouse: Warehouse, answers: Sequence[Answers], by_day: frozenset[str], policy: Policy
) -> list[str]:
    """Cells in which the companies together disagree."""
    sums = together(answers)
    ledgers = [ledger for found in answers for ledger in found.ledgers]
    rows = read(warehouse, "select * from marts.fct_cohort_retention")
    published_cohorts = {(row["cohort_month"], row["age_months"]): row for row in rows}
    wanted_cohorts = cohorts(ledgers, policy)
    found = table_differences(
        "cohorts",
        {
            key: row
            for key, row in wanted_cohorts.items()
            if row["is_reached"] or key in published_cohorts
        },
        {
            key: {name: row[name] for name in row if name in _names(wanted_cohorts)}
            for key, row in published_cohorts.items()
        },
    )
    for name, row_of in TOTALS.items():
        grains = "" if name != "retention" else f" and grain in {(*sorted(WINDOWS),)}"
        sql = f"""
            select * from marts.{MARTS[name]}
            where segment_name <> '{OWN}' and (grain not in ('day', 'week') or segment_name in
            {("all", *sorted(by_day))}){grains}
        """
        actual = {_key(row): told(row) for row in read(warehouse, sql)}
        wanted = _gridded(sums, actual, name == "retention")
        expected = {key: row_of(own) for key, own in wanted.items()}
        found += table_differences(name, expected, actual)
    return found + _metrics(warehouse, sums)


def together(answers: Sequence[Answers]) -> dict[Key, Sums]:
    """The sums of all companies: of everybody, and by segment."""
    found: dict[Key, Sums] = {}
    for answer in answers:
        for (grain, start), own in answer.sums.items():
            found.setdefault((grain, start, "all", "all"), Counter()).update(own)
        for key, own in answer.parts.items():
            if key[2] != OWN:
                found.setdefault(key, Counter()).update(own)
    return found


def _gridded(sums: dict[Key, Sums], actual: dict[Key, Any], of_windows: bool) -> dict[Key, Sums]:
    """The sums with a 0 for every period of each value of a segment that is published or has any."""
    own = {key: value for key, value in sums.items() if not of_windows or key[0] in WINDOWS}
    starts = {key[:2] for key in own if key[2] == "all"}
    values = {key[2:] for key in actual} | {key[2:] for key, value in own.items() if value}
    shown = {(key[0], *key[2:]) for key in {**own, **actual}}
    return {
        (*start, *value): own.get((*start, *value), Counter())
        for start in starts
        for value in values
        if (start[0], *value) in shown
    }


def _metrics(warehouse: Warehouse, sums: dict[Key, Sums]) -> list[str]:
    """Metrics of everybody at every grain, and by segment at the grains that carry segments."""
    own = tuple(metrics("month", Counter()))
    sql = f"""
        select metric_name, grain, period_start, segment_name, segment_value, numerator, denominator, value
        from marts.fct_metrics where segment_name <> '{OWN}' and metric_name in {own}
    """
    actual = {
        (row["metric_name"], *_key(row)): (row["numerator"], row["denominator"], row["value"])
        for row in read(warehouse, sql)
    }
    published = {key[1:] for key in actual}
    expected = {
        (name, *key): cells
        for key in published | {key for key, cells in sums.items() if _carries(key) and cells}
        for name, cells in metrics(key[0], sums.get(key, Counter())).items()
    }
    return table_differences("metrics", expected, actual)


def _carries(key: Key) -> bool:
    return key[2] == "all" or key[0] in WINDOWS


def _key(row: dict[str, Any]) -> tuple[str, date, str, str]:
    return row["grain"], row["period_start"], row["segment_name"], row["segment_value"]


def _names(table: dict[Any, dict[str, Any]]) -> set[str]:
    return set(next(iter(table.values()))) if table else set()
