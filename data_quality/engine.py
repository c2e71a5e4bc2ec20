"""The only module that imports Great Expectations: runs observations on a DuckDB connection.

Import it late (the import alone takes 3 to 4 CPU seconds). Observations are computed into small
tables of the connection's own in-memory database; expectations only ever see those, so that no
name, path or value from outside gets into a query that the library builds.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

os.environ["GX_ANALYTICS_ENABLED"] = "false"  # read when the library is imported

import duckdb
import great_expectations as gx
from great_expectations.data_context.types.base import (
    DataContextConfig,
    InMemoryStoreBackendDefaults,
    ProgressBarsConfig,
)

from data_quality.buffered_dialect import offered
from data_quality.results import SHOWN_ROWS, CheckResult, Plain, plain, plain_rows, told_rows
from data_quality.suites.vocabulary import Check, Observation


def evaluate(
    connection: duckdb.DuckDBPyConnection, layer: str, observations: Sequence[Observation]
) -> list[CheckResult]:
    """Compute each observation and check it.

    Args:
        connection: Connection to an in-memory database named `memory`; it gets tables named
            `observation_<n>`.
        layer: Name of the gate, for the results.
        observations: What to look at and what should hold.

    Returns:
        One result per check, and one for each query that could not be run.
    """
    results: list[CheckResult] = []
    with _datasource(connection) as datasource:
        for number, observation in enumerate(observations):
            name = f"observation_{number}"
            crashes = _compute(connection, name, observation)
            results += [_crashed(layer, table, observation, why) for table, why in crashes.items()]
            if len(crashes) < len(observation.queries):
                results += _check(connection, datasource, name, layer, observation)
    return results


@contextmanager
def _datasource(connection: duckdb.DuckDBPyConnection) -> Iterator[Any]:
    """Offer the connection to an ephemeral context; nothing is written, nothing stays open."""
    # The default context makes a folder for a docs site, even when it is ephemeral.
    nothing_written = DataContextConfig(
        store_backend_defaults=InMemoryStoreBackendDefaults(),
        progress_bars=ProgressBarsConfig(globally=False),
        analytics_enabled=False,
    )
    context = gx.get_context(mode="ephemeral", project_config=nothing_written)
    with offered(connection) as address:
        datasource = context.data_sources.add_sql(
            "gate", connection_string=address, create_temp_table=False
        )
        try:
            yield datasource
        finally:
            # An engine left open holds DuckDB's lock, and the next dbt step fails on it.
            datasource.get_execution_engine().close()
            datasource.get_engine().dispose()


def _compute(
    connection: duckdb.DuckDBPyConnection, name: str, observation: Observation
) -> dict[str, str]:
    """Fill the observation's table; return why, for each query that could not be run."""
    crashes: dict[str, str] = {}
    created = False
    for table, query in observation.queries.items():
        into = (
            f"insert into memory.main.{name}" if created else f"create table memory.main.{name} as"
        )
        try:
            connection.execute(f"{into} {query}")
            created = True
        except duckdb.Error as error:
            crashes[table] = str(error).splitlines()[0]
    return crashes


def _check(
    connection: duckdb.DuckDBPyConnection,
    datasource: Any,
    name: str,
    layer: str,
    observation: Observation,
) -> list[CheckResult]:
    suite = gx.ExpectationSuite(name=name)
    for position, check in enumerate(observation.checks):
        expectation = getattr(gx.expectations, check.expectation)
        suite.add_expectation(expectation(**check.arguments, meta={"position": position}))
    batch = (
        datasource.add_table_asset(name, table_name=name)
        .add_batch_definition_whole_table("whole")
        .get_batch()
    )
    result_format: dict[str, Any] = {
        "result_format": "SUMMARY",
        "partial_unexpected_count": SHOWN_ROWS,
    }
    if observation.keys:
        result_format["unexpected_index_column_names"] = list(observation.keys)
        result_format["return_unexpected_index_query"] = False
    validated = batch.validate(suite, result_format=result_format)
    by_position = {
        result.expectation_config.meta["position"]: result for result in validated.results
    }
    return [
        _result(connection, name, layer, observation, check, by_position[position])
        for position, check in enumerate(observation.checks)
    ]


def _result(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    layer: str,
    observation: Observation,
    check: Check,
    validated: Any,
) -> CheckResult:
    crash = _exception_of(validated.exception_info)
    if crash:
        return _crashed(layer, observation.table, observation, crash, check)
    facts = validated.result
    rows: tuple[Mapping[str, Plain], ...] = ()
    count = None if check.where is None else int(facts["observed_value"])
    if check.where is not None and count:
        # The library caps and reorders its lists of rows; these are taken by query.
        found = connection.execute(
            f"select * from memory.main.{name} where {check.where} limit {SHOWN_ROWS}"
        )
        rows = plain_rows([column[0] for column in found.description or ()], found.fetchall())
    elif check.where is None and "unexpected_count" in facts:
        count = int(facts["unexpected_count"] or 0)  # empty on an empty table
        rows = tuple(
            {key: plain(value) for key, value in row.items()}
            for row in facts.get("partial_unexpected_index_list") or ()
        )
    observed = f"{count} rows" if count is not None else str(plain(facts.get("observed_value")))
    return CheckResult(
        layer=layer,
        table=observation.table,
        rule=check.rule,
        severity=check.severity,
        success=bool(validated.success),
        observed=observed,
        failing_rows=rows,
        failing_row_count=count,
        message=_message(observation.table, check, observed, rows, success=bool(validated.success)),
    )


def _message(
    table: str,
    check: Check,
    observed: str,
    rows: Sequence[Mapping[str, Plain]],
    *,
    success: bool,
) -> str:
    if success:
        return f"{table}: {check.rule}."
    told = f": {told_rows(rows)}" if rows else ""
    return f"{table}: rule broken: {check.rule} ({observed}{told}). {check.advice}"


def _exception_of(info: Mapping[str, Any]) -> str | None:
    """First exception of a result; it comes flat, or by metric."""
    entries = [info] if "raised_exception" in info else list(info.values())
    for entry in entries:
        if entry["raised_exception"]:
            return str(entry["exception_message"] or "unknown exception").splitlines()[0]
    return None


def _crashed(
    layer: str, table: str, observation: Observation, why: str, check: Check | None = None
) -> CheckResult:
    rule = check.rule if check else "; ".join(check.rule for check in observation.checks)
    return CheckResult(
        layer=layer,
        table=table,
        rule=rule,
        severity=check.severity if check else "error",
        success=False,
        crashed=True,
        message=(
            f"{table}: could not be checked, which says nothing about the data ({rule}): {why}. "
            "Is the table built, and are its columns named as documented?"
        ),
    )
