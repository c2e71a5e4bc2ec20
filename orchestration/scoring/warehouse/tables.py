"""The tables of schema `scores`: their columns, and how rows get in and out of them.

Not here: which rows may be written (`snapshots.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

import duckdb
import pandas as pd

SCORES = "fct_health_scores"
POINTS_LOST = "fct_health_points_lost"

_COLUMNS = {
    SCORES: """
        customer_id varchar not null,
        as_of_date date not null,
        health_score decimal(9, 4),
        health_score_smoothed decimal(9, 4),
        health_score_raw decimal(9, 4),
        coverage_rate double not null,
        health_band varchar,
        health_trend varchar,
        change_4_weeks decimal(9, 4),
        slope_12_weeks decimal(9, 4),
        profile varchar not null,
        cap_reason varchar,
        status varchar not null,
        is_reconstructed boolean not null,
        card_version varchar not null
    """,
    POINTS_LOST: """
        customer_id varchar not null,
        as_of_date date not null,
        component varchar not null,
        metric varchar not null,
        metric_label varchar not null,
        metric_value double,
        at_0 double not null,
        at_100 double not null,
        metric_score decimal(9, 4),
        effective_weight double,
        points_lost decimal(9, 4),
        missing_reason varchar,
        source_name varchar not null,
        source_fresh_at timestamp,
        card_version varchar not null
    """,
}


def create_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the card's tables that are not there yet."""
    create_missing(connection, _COLUMNS)


def create_missing(connection: duckdb.DuckDBPyConnection, columns: Mapping[str, str]) -> None:
    """Create tables of schema `scores`, by name with their columns.

    What is published is kept: a table of an earlier version gets the columns that it lacks, empty in its rows.
    """
    connection.execute("create schema if not exists scores")
    for table, definition in columns.items():
        connection.execute(f"create table if not exists scores.{table} ({definition})")
        connection.execute(f"create or replace temporary table wanted_columns ({definition})")
        lacking = connection.execute(
            """
            select column_name, data_type from duckdb_columns() as wanted
            where database_name = 'temp' and table_name = 'wanted_columns' and not exists (
                select 1 from duckdb_columns() as there
                where there.database_name = current_database() and there.schema_name = 'scores'
                    and there.table_name = ? and there.column_name = wanted.column_name
            )
            order by column_index
            """,
            [table],
        ).fetchall()
        for name, kind in lacking:
            connection.execute(f'alter table scores.{table} add column "{name}" {kind}')
    connection.execute("drop table if exists wanted_columns")


def stored_dates(connection: duckdb.DuckDBPyConnection, table: str = SCORES) -> set[date]:
    """Dates for which a table has any row."""
    rows = connection.execute(f"select distinct as_of_date from scores.{table}").fetchall()
    return {row[0] for row in rows}


def stored_scores(connection: duckdb.DuckDBPyConnection, dates: Iterable[date]) -> pd.DataFrame:
    """What smoothing builds on: published scores of these dates."""
    return connection.execute(
        f"""
        select customer_id, as_of_date, health_score, health_score_raw
        from scores.{SCORES}
        where list_contains(cast(? as date[]), as_of_date)
        """,
        [list(dates)],
    ).df()


def delete_snapshots(connection: duckdb.DuckDBPyConnection, dates: Iterable[date]) -> None:
    """Remove the rows of these dates from both tables."""
    for table in _COLUMNS:
        connection.execute(
            f"delete from scores.{table} where list_contains(cast(? as date[]), as_of_date)",
            [list(dates)],
        )


def insert_rows(connection: duckdb.DuckDBPyConnection, table: str, rows: pd.DataFrame) -> int:
    """Insert rows by column name; return how many."""
    connection.register("rows_to_insert", rows)
    try:
        connection.execute(f"insert into scores.{table} by name select * from rows_to_insert")
    finally:
        connection.unregister("rows_to_insert")
    return len(rows)
