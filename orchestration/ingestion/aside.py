"""Source columns that nobody asked for yet: kept aside as text, so that mapping them later loses nothing.

A column is new when neither the mapping nor the object's first load knew it, and stays so until the
mapping names it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb

from data_quality.quoting import identifier, literal, literals
from orchestration.ingestion.expressions import raw_options, row_sql
from orchestration.ingestion.json_paths import head_of
from orchestration.ingestion.loads import LoadRecord
from orchestration.ingestion.mapping import ObjectMapping
from orchestration.ingestion.raw_files import open_raw
from orchestration.ingestion.sources.protocol import RawFile


def new_columns(
    columns: Sequence[str], mapping: ObjectMapping, records: Sequence[LoadRecord]
) -> tuple[str, ...]:
    """Source columns that neither the mapping nor an earlier load took for granted."""
    loads = [record for record in records if record.source_columns]
    if not loads:
        return ()
    known = {name for r in loads for name in r.source_columns if name not in r.new_columns}
    read = {part for name in mapping.reads for part in (name, head_of(name))}
    return tuple(name for name in columns if name not in read and name not in known)


def write_aside(
    connection: duckdb.DuckDBPyConnection,
    mapping: ObjectMapping,
    files: Sequence[RawFile],
    columns: Sequence[str],
    work: Path,
) -> None:
    """Write the key and the new columns of every file that has them to `work / "aside"`."""
    folder = work / "aside"
    folder.mkdir(exist_ok=True)
    names = _free_names(columns, mapping.contract.key)
    parts = []
    for number, file in enumerate(files):
        with open_raw(connection, file.path, raw_options(mapping), work) as raw:
            row = row_sql(mapping, raw)
            keys = [
                f"{sql.value} as {identifier(sql.column.name)}"
                for sql in row.columns
                if sql.column.name in mapping.contract.key
            ]
            texts = [
                f"cast({raw.reference(name)} as varchar) as {identifier(names[name])}"
                for name in columns
                if raw.reference(name) is not None
            ]
            if not texts:
                continue
            part = work / f"aside-{number:04d}.parquet"
            relation = raw.relation(rows=False, keep_rejects=False)
            connection.execute(
                f"copy (select {literal(file.name)} as file, {', '.join(keys + texts)} from {relation}) "
                f"to {literal(str(part))} (format parquet)"
            )
            parts.append(str(part))
    connection.execute(
        f"copy (from read_parquet([{literals(parts)}], union_by_name=true)) "
        f"to {literal(str(folder / 'aside.parquet'))} (format parquet)"
    )


def _free_names(columns: Sequence[str], taken: Sequence[str]) -> dict[str, str]:
    """Names that differ from the key's and from one another, also without regard to case."""
    used = {name.lower() for name in (*taken, "file")}
    names = {}
    for column in columns:
        name, number = column, 2
        while name.lower() in used:
            name, number = f"{column}_{number}", number + 1
        used.add(name.lower())
        names[column] = name
    return names
