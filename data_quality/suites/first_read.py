"""The events that a run is the first to read, and a staging view over their days' rows alone.

Events are most of the landing and never change once they are there. What an earlier run judged and
published is therefore not judged again: a night looks at the keys that came since, in the rows of the
days on which they happened. How these are judged is in `staging.py`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from data_quality.contracts import Contract
from data_quality.landed_rows import all_rows, rows_of_days, rows_of_loads
from data_quality.quoting import identifier, instant, literal
from data_quality.workspace import Published, Workspace


@dataclass(frozen=True)
class FirstRead:
    """Rows to judge instead of all: SQL of the landed ones, and of what the staging view makes of them."""

    landed: str
    staged: str


def first_read(workspace: Workspace, contract: Contract, model: str) -> FirstRead | None:
    """Find the rows that no published run has judged; None where all rows have to be.

    All have to be before the first release, for a project that is not the one that published, and for
    a view that does not read the landing in one place.
    """
    published = workspace.inputs.published
    if published is None or contract.load_mode != "append" or contract.event_time is None:
        return None
    table = f"temp.main.{identifier(f'first_read_{contract.name}')}"
    view = view_over(workspace, contract, model, table)
    if view is None:
        return None
    keys = ", ".join(["_source_id", *(identifier(name) for name in contract.key)])
    new = _new_rows(workspace, contract, published)
    happened = identifier(contract.event_time)
    execute = workspace.connection.execute
    execute(
        f"create or replace temp table first_read_keys as select distinct {keys},"
        f" cast({happened} as date) as day from {new}, run where {happened} < run.as_of"
    )
    days = execute("select distinct day from first_read_keys order by day").fetchall()
    rows = rows_of_days(
        workspace.inputs.landing_dir, contract.name, contract.event_time, [day for (day,) in days]
    )
    execute(
        f"create or replace temp table {identifier(f'first_read_{contract.name}')} as"
        f" select * from {rows} semi join (select distinct {keys} from first_read_keys) using ({keys})"
    )
    return FirstRead(table, f"({view})")


def _new_rows(workspace: Workspace, contract: Contract, published: Published) -> str:
    """SQL of the rows that came since, and of those that had come but had not happened yet."""
    load_ids = workspace.connection.execute(
        "select load_id from loads where object = ? and status = 'landed' and rows_landed > 0"
        " and loaded_at > ? order by load_id",
        [contract.name, published.known_at],
    ).fetchall()
    landing = workspace.inputs.landing_dir
    columns = ", ".join(
        ["_source_id", *(identifier(name) for name in (*contract.key, str(contract.event_time)))]
    )
    due = (
        f"select {columns} from {all_rows(landing, contract.name)}"
        f" where {identifier(str(contract.event_time))} >= {instant(published.as_of)}"
        f" and _loaded_at <= {instant(published.known_at)} and _operation = 'upsert'"
    )
    parts = [due]
    came = rows_of_loads(landing, contract.name, [str(load_id) for (load_id,) in load_ids])
    if load_ids and came is not None:
        parts.append(f"select {columns} from {came} where _operation = 'upsert'")
    return f"({' union all '.join(parts)})"


def view_over(workspace: Workspace, contract: Contract, model: str, rows: str) -> str | None:
    """The query of a staging view with other rows in the place of all landed ones."""
    found = workspace.connection.execute(
        "select sql from duckdb_views() where schema_name = 'staging' and view_name = ?", [model]
    ).fetchone()
    if found is None:
        return None
    query = re.sub(
        r"\A\s*CREATE VIEW .*? AS ", "", str(found[0]).strip().rstrip(";"), flags=re.DOTALL
    )
    changed, places = re.subn(
        _reading(workspace.inputs.landing_dir, contract.name), lambda _: rows, query
    )
    return changed if places == 1 else None


def _reading(landing_dir: Path, name: str) -> str:
    """Pattern of the table function by which dbt's views read an object, as the engine prints it."""
    path = re.escape(literal(f"{landing_dir}/{name}/**/*.parquet"))
    return rf"read_parquet\({path}(?:, \(\w+ = CAST\('[tf]' AS BOOLEAN\)\))*\)"
