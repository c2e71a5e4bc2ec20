"""What suites of scores share: which snapshots are looked at, and that published ones stay as they were."""

from __future__ import annotations

from collections.abc import Sequence

from data_quality.suites.vocabulary import Observation, no_row, observe
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


def unchanged(
    table: str, key: Sequence[str], value: str, most: int, *, rule: str, advice: str
) -> Observation:
    """Look at the last published snapshots of a table.

    Args:
        table: Of schema `scores`, and of the release before.
        key: Its key.
        value: The column that never changes.
        most: How many snapshots.
        rule: What should hold.
        advice: What to do when it does not.
    """
    # health_score beside published_score.
    published = f"published_{value.rpartition('_')[2]}"
    keys = ", ".join(f"before.{column}" for column in key)
    same = " and ".join(f"before.{column} = now.{column}" for column in key)
    return observe(
        f"scores.{table}",
        f"""
        with snapshots as (
            {last_snapshots(f"previous.marts.{table}", most)}
        )
        select {keys}, before.{value} as {published}, now.{value}, now.{key[0]} is null as is_gone
        from previous.marts.{table} as before
        semi join snapshots on before.as_of_date = snapshots.as_of_date
        left join scores.{table} as now on {same}
        """,
        no_row(
            rule,
            where=f"is_gone or {published} is distinct from {value}",
            severity="warning",
            advice=advice,
        ),
    )
