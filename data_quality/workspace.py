"""The connection that a gate works on: the warehouse read-only, the load records, the landing.

Everything that differs between runs is put into temporary tables here, as bound values or quoted
paths; suites then are plain SQL over `run`, `loads`, `standing_files`, `standing_quarantine`, the
views `landed_<object>` and the warehouse's own schemas. No rules here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from data_quality.contracts import Contract, load_contracts
from data_quality.landed_rows import no_pattern, parquet_below
from data_quality.quoting import identifier, literal
from data_quality.suites.thresholds import Thresholds

Setting = str | bool | int | float | list[str]

_RECORD_COLUMNS = {
    "load_id": "varchar",
    "object": "varchar",
    "source_id": "varchar",
    "loaded_at": "varchar",
    "load_mode": "varchar",
    "mapping_hash": "varchar",
    "status": "varchar",
    "rows_read": "bigint",
    "rows_landed": "bigint",
    "rows_already_landed": "bigint",
    "rows_filtered": "bigint",
    "rows_deleted": "bigint",
    "rows_quarantined": "bigint",
    "message": "varchar",
    "files": "struct(name varchar, sha256 varchar, rows_read bigint)[]",
}


class WorkspaceError(Exception):
    """What a gate needs is not there; the message says what and which command makes it."""


@dataclass(frozen=True, kw_only=True)
class Published:
    """What the run before had read and judged when it published, by the same project and policy."""

    as_of: datetime
    known_at: datetime


@dataclass(frozen=True, kw_only=True)
class GateInputs:
    """What a gate looks at.

    Attributes:
        as_of: Exclusive end of what is measured.
        known_at: Only loads up to this instant exist for the gate.
        landing_dir: Raw Parquet and load records.
        quarantine_dir: Refused rows; beside the landing by default.
        warehouse: The DuckDB file that dbt built; not needed by the raw gate.
        previous_release: DuckDB file of the release that readers see, attached as `previous`.
        load_ids: Loads of this run; the latest of each object when empty.
        published: What need not be judged again because it never changes; None: judge everything.
        thresholds: Limits of the rules.
        duckdb_config: Settings of the connection, such as threads and memory_limit.
    """

    as_of: datetime
    known_at: datetime
    landing_dir: Path
    quarantine_dir: Path | None = None
    warehouse: Path | None = None
    previous_release: Path | None = None
    load_ids: Sequence[str] = ()
    published: Published | None = None
    thresholds: Thresholds = field(default_factory=Thresholds)
    duckdb_config: Mapping[str, Setting] = field(default_factory=dict)


@dataclass(frozen=True)
class Workspace:
    """An open connection with its temporary tables.

    Attributes:
        connection: In-memory DuckDB; the warehouse is the default catalog when there is one.
        contracts: Contract of each raw object.
        landed_rows: Rows landed so far, by object; objects that were never landed are not in it.
        inputs: What the gate was asked to look at.
    """

    connection: duckdb.DuckDBPyConnection
    contracts: Mapping[str, Contract]
    landed_rows: Mapping[str, int]
    inputs: GateInputs


@contextmanager
def open_workspace(inputs: GateInputs) -> Iterator[Workspace]:
    """Open the one connection of a gate, and close it whatever happens."""
    config: dict[str, Setting] = {
        **inputs.duckdb_config,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    connection = duckdb.connect(":memory:", config=config)
    try:
        if inputs.previous_release is not None:
            attach(connection, inputs.previous_release, "previous")
        if inputs.warehouse is not None:
            # Under the name that dbt used: its views name their catalog.
            attach(connection, inputs.warehouse, inputs.warehouse.stem)
            connection.execute(f"use {identifier(inputs.warehouse.stem)}")
        connection.execute(
            "create temp table run as select ?::timestamp as as_of, ?::timestamp as known_at",
            [_naive_utc(inputs.as_of), _naive_utc(inputs.known_at)],
        )
        contracts = load_contracts()
        _read_loads(connection, inputs, contracts)
        _read_quarantine(connection, inputs)
        rows = connection.execute(
            "select object, sum(rows_landed) from loads where status = 'landed'"
            " group by object having sum(rows_landed) > 0 order by object"
        ).fetchall()
        yield Workspace(connection, contracts, {name: int(count) for name, count in rows}, inputs)
    finally:
        connection.close()


def attach(connection: duckdb.DuckDBPyConnection, database: Path, name: str) -> None:
    """Attach a database file read-only.

    Raises:
        WorkspaceError: The file does not exist.
    """
    if not database.is_file():
        raise WorkspaceError(f"{database} does not exist. Build the models first.")
    connection.execute(f"attach {literal(database)} as {identifier(name)} (read_only)")


def _read_loads(
    connection: duckdb.DuckDBPyConnection, inputs: GateInputs, contracts: Mapping[str, Contract]
) -> None:
    """Fill `loads` (one row per load and object) and `standing_files`."""
    records = inputs.landing_dir / "_loads"
    columns = ", ".join(f"{name} {kind}" for name, kind in _RECORD_COLUMNS.items())
    connection.execute(f"create temp table records ({columns})")
    if any(records.glob("*.json")):
        typed = ", ".join(f"{name}: {literal(kind)}" for name, kind in _RECORD_COLUMNS.items())
        connection.execute(
            f"insert into records by name select * from read_json({literal(no_pattern(records) + '/*.json')},"
            f" columns = {{{typed}}})"
        )
    connection.execute("create temp table modes (object varchar, mode varchar, domain varchar)")
    connection.executemany(
        "insert into modes values (?, ?, ?)",
        [[name, contract.load_mode, contract.domain] for name, contract in contracts.items()],
    )
    connection.execute(
        """
        create temp table loads as
        select
            records.* replace (
                cast(loaded_at as timestamp) as loaded_at, coalesce(load_mode, mode) as load_mode
            ),
            domain,
            row_number() over (
                partition by source_id, object order by cast(loaded_at as timestamp), load_id
            ) as position,
            cast(loaded_at as timestamp) = max(cast(loaded_at as timestamp)) filter (status = 'landed')
                over (partition by source_id, object) as is_latest,
            case when len(?::varchar[]) = 0 then is_latest else list_contains(?, load_id) end
                as is_judged
        from records left join modes using (object), run
        where cast(loaded_at as timestamp) <= run.known_at
        """,
        [list(inputs.load_ids), list(inputs.load_ids)],
    )
    # A file stands for its rows until a later load read it again, or a later full export came.
    # Refused rows stop the run while the mapping that refused them is in use.
    connection.execute(
        """
        create temp table standing_files as
        with files as (
            select source_id, object, load_mode, load_id, position,
                mapping_hash is not distinct from max_by(mapping_hash, position)
                    over (partition by source_id, object) as is_in_use,
                status, unnest(files, recursive := true)
            from loads where status <> 'failed'
        ),
        ranked as (
            select
                *,
                max(position) over (partition by source_id, object) as last_position,
                max(position) over (partition by source_id, object, name) as last_position_of_file
            from files where status = 'landed'
        )
        select source_id, object, load_id, name as file, rows_read, is_in_use from ranked
        where position = case when load_mode = 'snapshot' then last_position
            else last_position_of_file end
        """
    )


def _read_quarantine(connection: duckdb.DuckDBPyConnection, inputs: GateInputs) -> None:
    """Fill `standing_quarantine`: refused rows whose file was not replaced by a later load."""
    folder = inputs.quarantine_dir or inputs.landing_dir.parent / "quarantine"
    rows = (
        parquet_below(folder)
        if any(folder.glob("*/*/*.parquet"))
        else "(select null::varchar as object, null::varchar as source_id, null::varchar as load_id,"
        " null::varchar as file, null::bigint as row_number, null::varchar as column_name,"
        " null::varchar as value, null::varchar as reason where false)"
    )
    connection.execute(
        "create temp table standing_quarantine as"
        " select source_id, object, load_id, file, cast(row_number as bigint) as row_number,"
        " column_name, value, reason, is_in_use"
        f" from {rows} inner join standing_files using (source_id, object, load_id, file)"
    )


def _naive_utc(instant: datetime) -> datetime:
    return instant if instant.tzinfo is None else instant.astimezone(UTC).replace(tzinfo=None)
