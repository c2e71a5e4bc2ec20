"""Audit of the staged copy, before any reader can see it.

Each function returns sentences about what is wrong; an empty list means it holds. Ranges, drift and
closed months are judged before, by `data_quality`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import duckdb

from data_quality.quoting import identifier
from orchestration.publishing.layout import SCHEMA
from orchestration.publishing.request import ReleaseRequest
from orchestration.publishing.staged_copy import RELEASE, PublishedTable, columns_of

ROLL_FORWARD_TABLE = "fct_mrr_roll_forward"
MOVEMENTS = (
    "new",
    "reactivation",
    "expansion",
    "contraction",
    "churn",
    "pause",
    "resume",
    "fx",
)
ROLL_FORWARD_TOLERANCE = "0.0000000001"
# A table that loses more than half of its rows overnight is an accident until someone says it isn't.
SMALLEST_SHARE_OF_PREVIOUS_ROWS = 0.5


def audit_staged_copy(
    connection: duckdb.DuckDBPyConnection,
    request: ReleaseRequest,
    tables: Sequence[PublishedTable],
    previous_tables: Mapping[str, Mapping[str, Any]],
) -> list[str]:
    """Return every reason why the staged copy must not be published."""
    rows = {table.name: table.rows for table in tables}
    before = {name: int(facts["rows"]) for name, facts in previous_tables.items()}
    return [
        *_broken_keys(connection, request.tables.primary_keys, rows),
        *_lost_rows(rows, before, request.tables.accepted_row_changes),
        *_leaked_columns(connection, request),
        *_broken_roll_forward(connection, rows),
    ]


def _broken_keys(
    connection: duckdb.DuckDBPyConnection,
    primary_keys: Mapping[str, Sequence[str]],
    rows: Mapping[str, int],
) -> list[str]:
    failures = []
    for table, key in sorted(primary_keys.items()):
        if table not in rows:
            failures.append(f"{table}: the table is missing from the warehouse.")
            continue
        missing = set(key) - set(columns_of(connection, RELEASE, SCHEMA, table))
        if missing:
            failures.append(f"{table}: key column {', '.join(sorted(missing))} is missing.")
            continue
        source = f"{RELEASE}.{SCHEMA}.{identifier(table)}"
        columns = ", ".join(identifier(column) for column in key)
        is_null = " or ".join(f"{identifier(column)} is null" for column in key)
        nulls = _scalar(connection, f"select count(*) from {source} where {is_null}")
        if nulls:
            failures.append(f"{table}: {nulls} rows have an empty key ({', '.join(key)}).")
        repeated = connection.execute(
            f"select {columns}, count(*) from {source} where not ({is_null}) group by {columns}"
            f" having count(*) > 1 order by {columns} limit 3"
        ).fetchall()
        if repeated:
            examples = "; ".join(
                " ".join(f"{name}={value}" for name, value in zip(key, row, strict=False))
                + f" ({row[-1]} rows)"
                for row in repeated
            )
            failures.append(f"{table}: the key ({', '.join(key)}) is not unique: {examples}.")
    return failures


def _lost_rows(
    rows: Mapping[str, int], before: Mapping[str, int], accepted: frozenset[str]
) -> list[str]:
    failures = []
    advice = "If that is meant, name the table in accepted_row_changes."
    for table, old in sorted(before.items()):
        if table in accepted or not old:
            continue
        if table not in rows:
            failures.append(f"{table}: was in the last release and is gone. {advice}")
        elif rows[table] < old * SMALLEST_SHARE_OF_PREVIOUS_ROWS:
            failures.append(
                f"{table}: {rows[table]} rows, {old} in the last release; more than half are "
                f"gone. {advice}"
            )
    return failures


def _leaked_columns(connection: duckdb.DuckDBPyConnection, request: ReleaseRequest) -> list[str]:
    """Look at the file itself, not at what was meant to be copied."""
    columns = connection.execute(
        "select table_name, column_name, data_type from duckdb_columns() where database_name = ?"
        " order by table_name, column_index",
        [RELEASE],
    ).fetchall()
    failures = []
    for table, column, kind in columns:
        flagged = {name.lower() for name in request.tables.personal_columns.get(table, ())}
        if column.startswith("_"):
            failures.append(f"{table}.{column}: plumbing must not be published.")
        elif column.lower() in flagged and request.personal_data == "omit":
            failures.append(f"{table}.{column}: is personal and must be left out.")
        elif column.lower() in flagged and request.personal_data == "hash":
            readable = _scalar(
                connection,
                f"select count(*) from {RELEASE}.{SCHEMA}.{identifier(table)} where not "
                f"regexp_full_match(cast({identifier(column)} as varchar), '[0-9a-f]{{64}}')",
            )
            if readable or kind != "VARCHAR":
                failures.append(f"{table}.{column}: is personal and {readable} rows are readable.")
    return failures


def _broken_roll_forward(
    connection: duckdb.DuckDBPyConnection, rows: Mapping[str, int]
) -> list[str]:
    """Start plus movements must be the end, in every row."""
    if ROLL_FORWARD_TABLE not in rows:
        return [f"{ROLL_FORWARD_TABLE}: the table is missing from the warehouse."]
    movements = [f"{movement}_mrr_amount" for movement in MOVEMENTS]
    present = columns_of(connection, RELEASE, SCHEMA, ROLL_FORWARD_TABLE)
    missing = {"starting_mrr_amount", *movements, "ending_mrr_amount"} - set(present)
    if missing:
        return [f"{ROLL_FORWARD_TABLE}: column {', '.join(sorted(missing))} is missing."]
    off = f"starting_mrr_amount + {' + '.join(movements)} - ending_mrr_amount"
    broken = connection.execute(
        f"select *, {off} as off_by from {RELEASE}.{SCHEMA}.{ROLL_FORWARD_TABLE}"
        f" where {off} is null or abs({off}) > {ROLL_FORWARD_TOLERANCE}"
        f" order by abs({off}) desc nulls first"
    )
    names = [column[0] for column in broken.description or ()]
    found = broken.fetchall()
    if not found:
        return []
    worst = ", ".join(f"{name}={value}" for name, value in zip(names, found[0], strict=True))
    rule = f"start plus movements is not the end in {len(found)} rows; worst: {worst}."
    return [f"{ROLL_FORWARD_TABLE}: {rule}"]


def _scalar(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    row = connection.execute(query).fetchone()
    return int(row[0]) if row else 0
