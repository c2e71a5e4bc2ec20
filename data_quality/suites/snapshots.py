"""SQL that suites of scores share: which snapshots are looked at, and whether there are published ones."""

from __future__ import annotations

from data_quality.workspace import Workspace


def last_snapshots(table: str, most: int) -> str:
    """Query of the last snapshots of a table: published ones are never computed again, and there are many."""
    return f"select distinct as_of_date from {table} order by as_of_date desc limit {most}"


def is_published(workspace: Workspace, table: str) -> bool:
    """Whether the release before has a table."""
    found = workspace.connection.execute(
        "select 1 from duckdb_tables() where database_name = 'previous' and table_name = ?", [table]
    ).fetchone()
    return found is not None
