"""Write raw rows of any object as a landing, typed by their contract.

For tests that are about the models and not about loading: rows come as dicts of text, as a CSV has
them. Reading files, mappings and quarantine are `orchestration.ingestion`'s and tested there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa

from data_quality.contracts import Contract, load_contract, load_contracts

Row = Mapping[str, object]
PLUMBING = {
    "_source_id": "VARCHAR",
    "_loaded_at": "TIMESTAMP",
    "_load_id": "VARCHAR",
    "_operation": "VARCHAR",
}


@dataclass(frozen=True)
class Delivery:
    """Rows of one raw object that arrived at one instant from one source."""

    source_id: str
    object_name: str
    rows: tuple[Row, ...]
    loaded_at: str = "2026-01-01 00:00:00"
    load_id: str = "first"


def write_landing(directory: Path, deliveries: Iterable[Delivery]) -> Path:
    """Write every delivery as Parquet, and an empty file of each object so that readers find it.

    A row may carry `_loaded_at` or `_operation` of its own; both have defaults.

    Raises:
        KeyError: A row has a column that the contract does not know.
    """
    with duckdb.connect() as connection:
        for contract in load_contracts().values():
            folder = directory / contract.name
            folder.mkdir(parents=True)
            _write(connection, folder / "_schema.parquet", contract, [])
        for number, delivery in enumerate(deliveries):
            contract = load_contract(delivery.object_name)
            folder = directory / contract.name / f"load_id={delivery.load_id}"
            folder.mkdir(exist_ok=True)
            rows = [_completed(contract, delivery, row) for row in delivery.rows]
            _write(connection, folder / f"part-{number}.parquet", contract, rows)
    return directory


def _completed(contract: Contract, delivery: Delivery, row: Row) -> list[str | None]:
    values = {
        "_source_id": delivery.source_id,
        "_loaded_at": delivery.loaded_at,
        "_load_id": delivery.load_id,
        "_operation": "upsert",
        **{name: None if value in {"", None} else str(value) for name, value in row.items()},
    }
    names = [*contract.column_names, *PLUMBING]
    unknown = set(values) - set(names)
    if unknown:
        raise KeyError(f"{delivery.source_id}: {contract.name} has no column {sorted(unknown)}")
    return [values.get(name) for name in names]


def _write(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    contract: Contract,
    rows: list[list[str | None]],
) -> None:
    types = {column.name: column.duckdb_type for column in contract.columns} | PLUMBING
    typed = ", ".join(f'cast("{name}" as {kind}) as "{name}"' for name, kind in types.items())
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(types)
    arrays = [pa.array(values, pa.string()) for values in columns]
    connection.register("texts", pa.table(arrays, names=list(types)))
    target = str(path).replace("'", "''")
    connection.execute(f"copy (select {typed} from texts) to '{target}' (format parquet)")
