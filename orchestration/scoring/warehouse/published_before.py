"""Scores that were published by an earlier instant, for a warehouse that is built anew for it.

Scores are facts of their day and are never made again; an earlier state holds those that it held then.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb

from orchestration.scoring.warehouse.churn_tables import APPENDED, create_churn_tables
from orchestration.scoring.warehouse.health_card import INPUTS
from orchestration.scoring.warehouse.lifetime_value_tables import (
    LIFETIME_VALUE_TABLES,
    create_lifetime_value_tables,
)
from orchestration.scoring.warehouse.tables import POINTS_LOST, SCORES, create_tables


def carry_over(published: Path, warehouse: Path) -> None:
    """Copy the scores of days up to those of a warehouse's inputs into it.

    Args:
        published: The company's warehouse; without it, or without scores in it, nothing is copied.
        warehouse: A warehouse whose inputs dbt built for an earlier instant.
    """
    with duckdb.connect(str(warehouse)) as connection:
        last = connection.execute(f"select max(as_of_date) from {INPUTS}").fetchone()
        connection.begin()
        create_tables(connection)
        create_churn_tables(connection)
        create_lifetime_value_tables(connection)
        if last and published.is_file():
            _copy(published, connection, last[0])
        connection.commit()


def _copy(published: Path, connection: duckdb.DuckDBPyConnection, last: date) -> None:
    with duckdb.connect(str(published), read_only=True) as source:
        found = source.execute(
            "select table_name from duckdb_tables() where schema_name = 'scores'"
        ).fetchall()
        for table in (SCORES, POINTS_LOST, *APPENDED, *LIFETIME_VALUE_TABLES):
            if (table,) not in found:
                continue
            rows = source.execute(
                f"select * from scores.{table} where as_of_date <= ?", [last]
            ).to_arrow_table()
            connection.execute(f"delete from scores.{table}")  # a resumed run may have copied
            connection.register("rows_to_copy", rows)
            connection.execute(f"insert into scores.{table} by name from rows_to_copy")
            connection.unregister("rows_to_copy")
