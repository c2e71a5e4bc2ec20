"""The metrics beside revenue as `fct_metrics` has them: of the parts that the oracle says, at every grain."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from tests.building.dbt_slot import Warehouse
from tests.oracle.amounts import SCALE, quotient
from tests.oracle.comparing import table_differences
from tests.oracle.marts import read
from tests.oracle.standing import WITH_SEGMENTS

Rows = Mapping[tuple[Any, ...], Mapping[str, Any]]
# Of marts that tell of several notions of being active, a metric is of one.
NOTION = {True: "core_active", False: "active"}
NOTED = frozenset({"fct_active_users", "fct_user_lifecycle"})
# Days that pass where nothing ever happened too.
DAYS = frozenset({"observed_days_count", "trailing_days_count"})
# Companies' own industries are left out: their rows are compared in the marts.
OWN = "industry"


def differences(warehouse: Warehouse, expected: Mapping[str, Rows]) -> list[str]:
    """Metrics that do not follow from the rows that the oracle expects of their marts."""
    found: list[str] = []
    actual: dict[str, dict[Any, Any]] = defaultdict(dict)
    sql = f"""
        select metric_name, grain, period_start, segment_name, segment_value, numerator, denominator, value
        from marts.fct_metrics where segment_name <> '{OWN}'
    """
    for row in read(warehouse, sql):
        key = (row["grain"], row["period_start"], row["segment_name"], row["segment_value"])
        actual[row["metric_name"]][key] = (row["numerator"], row["denominator"], row["value"])
    for metric in warehouse.rows("select * from marts.dim_metrics"):
        name, mart = metric["metric_name"], metric["mart"]
        columns = next(iter(expected.get(mart, {}).values()), {})
        parts = {metric["numerator"], metric["denominator"]} - {None}
        # Of columns that the oracle does not speak of it says no metric either.
        if parts <= set(columns):
            # A metric without a single row lacks them at every grain.
            grains = {key[0] for key in actual[name] or expected[mart]}
            wanted = _metric(metric, expected[mart], grains, _integers(warehouse, mart))
            told = {
                key: cells
                for key, cells in actual[name].items()
                # Rows of 0 of a segment value in which nothing ever happened: see the marts.
                if key in wanted or key[2] == "all" or any(_of_what_happened(metric, cells))
            }
            lines = table_differences("metrics", wanted, told)
            found += [line.replace("metrics [", f"metrics [{name}, ", 1) for line in lines]
    return found


def _of_what_happened(metric: Mapping[str, Any], cells: tuple[Any, ...]) -> tuple[Any, ...]:
    above, below, value = cells
    return (above, value) if metric["denominator"] in DAYS else (above, below, value)


def _metric(
    metric: Mapping[str, Any], rows: Rows, grains: set[str], integers: set[str]
) -> dict[Any, Any]:
    """Numerator, denominator and value of one metric, at the grains that it is published at."""
    found = {}
    above, below = metric["numerator"], metric["denominator"]
    notion = NOTION[metric["metric_name"].startswith("core_")]
    for (grain, start, segment, value, *rest), cells in rows.items():
        is_published = segment == "all" or (segment != OWN and grain in WITH_SEGMENTS)
        if grain not in grains or not is_published:
            continue
        if metric["mart"] in NOTED and rest != [notion]:
            continue
        parts = [
            None if name is None or cells[name] is None
            else cells[name] * (SCALE if name in integers else 1)
            for name in (above, below)
        ]  # fmt: skip
        result = parts[0]
        if below is not None:
            is_told = parts[0] is not None and parts[1] is not None
            result = quotient(parts[0] or 0, parts[1] or 0) if is_told else None
        found[grain, start, segment, value] = (*parts, result)
    return found


def _integers(warehouse: Warehouse, mart: str) -> set[str]:
    """Columns of whole numbers, which fct_metrics tells with ten digits."""
    sql = "select column_name from information_schema.columns where table_name = ? and data_type = 'BIGINT'"
    return {row["column_name"] for row in warehouse.rows(sql, [mart])}
