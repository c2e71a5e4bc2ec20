"""The staged copy: one DuckDB file with the published tables, and the same tables as Parquet.

Rows are written in the order of the primary key (of all columns where there is none), so that the
same warehouse gives the same bytes. Whether the copy is good enough is decided in `audit.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from data_quality.quoting import identifier, literal
from orchestration.publishing.errors import PublishingError
from orchestration.publishing.layout import (
    DATABASE_NAME,
    PARQUET_FOLDER,
    SCHEMA,
    check_table_name,
)
from orchestration.publishing.personal_data import SelectList, check_salt, select_list
from orchestration.publishing.request import DuckDBSetting, ReleaseRequest, TableDescription

WAREHOUSE = "warehouse"
RELEASE = "release"
# Readable by every DuckDB client since 1.0.
STORAGE_VERSION = "v1.0.0"


@dataclass(frozen=True)
class PublishedTable:
    """One table of the release.

    Attributes:
        name: Name in schema `marts` and of the Parquet file.
        rows: Number of rows.
        checksum: Checksum of the content, the same whatever the order of rows or the file format; to be
            compared only with those that the same version of DuckDB took.
    """

    name: str
    rows: int
    checksum: str


@contextmanager
def open_staged(request: ReleaseRequest, staging: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Attach the warehouse (read-only) and a fresh release file; close both at the end."""
    if not request.warehouse.is_file():
        raise PublishingError(
            f"{request.warehouse} does not exist: there is nothing to publish. Run the models first."
        )
    config: dict[str, DuckDBSetting] = {
        **request.duckdb_config,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "preserve_insertion_order": True,  # the rows' order is part of the promise
    }
    connection = duckdb.connect(":memory:", config=config)
    try:
        connection.execute(f"attach {literal(request.warehouse)} as {WAREHOUSE} (read_only)")
        connection.execute(
            f"attach {literal(staging / DATABASE_NAME)} as {RELEASE} "
            f"(storage_version {literal(STORAGE_VERSION)})"
        )
        connection.execute(f"create schema {RELEASE}.{SCHEMA}")
        yield connection
    finally:
        connection.close()


def copy_tables(connection: duckdb.DuckDBPyConnection, request: ReleaseRequest) -> list[str]:
    """Copy every table of the published schemas and return their names."""
    check_salt(request.personal_data, request.personal_data_salt)
    sources = _tables_to_publish(connection, request)
    for table, schema in sources.items():
        _copy_table(connection, request, table, schema)
    return list(sources)


def write_parquet(connection: duckdb.DuckDBPyConnection, staging: Path) -> list[PublishedTable]:
    """Write each table of the staged file as Parquet and take its row count and checksum."""
    folder = staging / PARQUET_FOLDER
    folder.mkdir()
    published = []
    for table in release_tables(connection):
        source = f"{RELEASE}.{SCHEMA}.{identifier(table)}"
        target = literal(folder / f"{table}.parquet")
        connection.execute(f"copy (from {source}) to {target} (format parquet, compression zstd)")
        # A sum of row hashes: order does not matter and equal rows do not cancel out. DuckDB's own hash takes
        # 0.2 s for 1.2 million rows, MD5 of their text 3.7; another DuckDB may hash otherwise.
        columns = ", ".join(
            identifier(name) for name in columns_of(connection, RELEASE, SCHEMA, table)
        )
        row = connection.execute(
            f"select count(*), coalesce(sum(cast(hash({columns}) as hugeint)), 0) from {source}"
        ).fetchone()
        if row is None:
            raise PublishingError(f"Table {table} could not be counted.")
        published.append(PublishedTable(table, int(row[0]), f"{int(row[1]):032x}"))
    return published


def release_tables(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Names of the tables in the staged file."""
    rows = connection.execute(
        "select table_name from duckdb_tables() where database_name = ? order by table_name",
        [RELEASE],
    ).fetchall()
    return [str(name) for (name,) in rows]


def columns_of(
    connection: duckdb.DuckDBPyConnection, database: str, schema: str, table: str
) -> list[str]:
    """Names of a table's columns, in order."""
    rows = connection.execute(
        "select column_name from duckdb_columns() where database_name = ? and schema_name = ?"
        " and table_name = ? order by column_index",
        [database, schema, table],
    ).fetchall()
    return [str(name) for (name,) in rows]


def _tables_to_publish(
    connection: duckdb.DuckDBPyConnection, request: ReleaseRequest
) -> dict[str, str]:
    """Table name → warehouse schema, without dbt's leftovers and plumbing."""
    rows = connection.execute(
        "select table_name, schema_name from duckdb_tables() where database_name = ?"
        " and list_contains(?, schema_name) order by table_name, schema_name",
        [WAREHOUSE, list(request.schemas)],
    ).fetchall()
    sources: dict[str, str] = {}
    for table, schema in rows:
        if table.startswith("_") or "__dbt_" in table:
            continue
        if table in sources:
            raise PublishingError(
                f"Both {sources[table]}.{table} and {schema}.{table} would become "
                f"{SCHEMA}.{table} in the release. Rename one of the models."
            )
        sources[check_table_name(table)] = schema
    if not sources:
        raise PublishingError(
            f"{request.warehouse} has no table in the schemas {', '.join(request.schemas)}: "
            "there is nothing to publish. Run the models first."
        )
    return sources


def _copy_table(
    connection: duckdb.DuckDBPyConnection, request: ReleaseRequest, table: str, schema: str
) -> None:
    columns = columns_of(connection, WAREHOUSE, schema, table)
    personal = request.tables.personal_columns.get(table, ())
    unknown = {name.lower() for name in personal} - {name.lower() for name in columns}
    if unknown:
        raise PublishingError(
            f"{table}: {', '.join(sorted(unknown))} is flagged as personal, but there is no such "
            "column. If it was renamed, flag the new name, so that it does not leak."
        )
    selected = select_list(columns, personal, request.personal_data, request.personal_data_salt)
    if not selected.columns:
        raise PublishingError(
            f"{table} has nothing but plumbing and personal columns; no column is left to publish."
        )
    key = request.tables.primary_keys.get(table, selected.columns)
    lost = [column for column in key if column in columns and column not in selected.columns]
    if lost:
        raise PublishingError(
            f"{table}: its primary key needs {', '.join(lost)}, which is personal and would be left "
            "out. Key the model by an identifier, or publish with personal_data = 'hash'."
        )
    order = [column for column in key if column in selected.columns] or selected.columns
    # Sorted by position: hashed columns are sorted by what is published, not by what is hidden.
    positions = [str(selected.columns.index(column) + 1) for column in order]
    connection.execute(
        f"create table {RELEASE}.{SCHEMA}.{identifier(table)} as "
        f"select {', '.join(selected.expressions)} "
        f"from {WAREHOUSE}.{identifier(schema)}.{identifier(table)} "
        f"order by {', '.join(f'{position} asc nulls last' for position in positions)}",
        list(selected.parameters),
    )
    _comment(connection, table, selected, request.tables.descriptions.get(table))


def _comment(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    selected: SelectList,
    description: TableDescription | None,
) -> None:
    """Write the descriptions where BI tools look for them."""
    if description is None:
        return
    target = f"{RELEASE}.{SCHEMA}.{identifier(table)}"
    if description.description:
        connection.execute(f"comment on table {target} is {literal(description.description)}")
    for column in selected.columns:
        text = description.columns.get(column, "")
        if column in selected.hashed:
            text = f"{text} (hashed)".strip()
        if text:
            connection.execute(
                f"comment on column {target}.{identifier(column)} is {literal(text)}"
            )
