"""Writes the raw files: gzipped CSV and JSON lines, Parquet; the same rows give the same bytes."""

from __future__ import annotations

import gzip
import json
import shutil
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Any

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from orchestration.ingestion.simulation.exports import FileFormat

SUFFIXES = {"csv": ".csv.gz", "jsonl": ".jsonl.gz", "parquet": ".parquet"}
ROW_GROUP = 500_000


def write(table: Any, stem: Path, file_format: FileFormat) -> Path:
    """Write a table to `stem` plus the format's suffix."""
    stem.parent.mkdir(parents=True, exist_ok=True)
    path = stem.with_name(stem.name + SUFFIXES[file_format])
    if file_format == "parquet":
        with EventFile(path) as file:
            file.write(table)
        return path
    with path.open("wb") as raw, gzip.GzipFile("", "wb", 6, raw, mtime=0) as packed:
        if file_format == "csv":
            pa_csv.write_csv(table, packed)
        else:
            for row in table.to_pylist():
                packed.write((json.dumps(row, default=_plain, ensure_ascii=False) + "\n").encode())
    return path


def day_name(instant: int) -> str:
    """The date of a delivery, with which the names of its files begin."""
    return datetime.fromtimestamp(instant, UTC).date().isoformat()


def repeat_file(path: Path, instant: int) -> None:
    """Deliver a file a second time, at a later instant."""
    shutil.copyfile(path, path.with_name(f"{day_name(instant)}.again-{path.name}"))


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat() + "Z"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(f"{type(value).__name__} has no place in a JSON export")


class EventFile:
    """A Parquet file that is written batch by batch."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writer: Any = None
        self._waiting: list[Any] = []
        self._rows = 0
        self.rows = 0

    def __enter__(self) -> EventFile:
        return self

    def write(self, table: Any) -> None:
        """Add rows; row groups of about half a million rows are written as they fill."""
        self._waiting.append(table)
        self._rows += table.num_rows
        self.rows += table.num_rows
        if self._rows >= ROW_GROUP:
            self._flush()

    def _flush(self) -> None:
        if not self._waiting:
            return
        table = pa.concat_tables(self._waiting).combine_chunks()
        if self._writer is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._writer = pq.ParquetWriter(
                self._path, table.schema, compression="zstd", store_schema=False
            )
        self._writer.write_table(table, row_group_size=ROW_GROUP)
        self._waiting, self._rows = [], 0

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Write what waits and end the file."""
        self._flush()
        if self._writer is not None:
            self._writer.close()
