"""Opens a raw file for SQL: CSV, JSON lines or Parquet, plain or gzipped, as columns of raw values.

CSV columns get positional names, so a hostile header never reaches SQL, and lines that do not parse
are kept in a rejects table instead of stopping the load. JSON lines are opened by `json_lines`; typing
values is the business of `expressions`.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Final, Literal

import duckdb
import pyarrow.parquet as pq

from data_quality.quoting import identifier, literal, literals
from orchestration.ingestion.footers import without_empty_text
from orchestration.ingestion.json_lines import open_json_lines
from orchestration.ingestion.raw_table import REJECTS, FileProblem, RawOptions, RawTable
from orchestration.ingestion.text_lines import open_bytes

Format = Literal["csv", "jsonl", "parquet"]
SUFFIXES: Final[Mapping[str, Format]] = {
    ".csv": "csv", ".csv.gz": "csv", ".tsv": "csv", ".tsv.gz": "csv",
    ".jsonl": "jsonl", ".jsonl.gz": "jsonl", ".parquet": "parquet",
}  # fmt: skip
_DELIMITERS: Final = (",", ";", "\t", "|")
_PYTHON_ENCODINGS: Final = {"utf-8": "utf-8-sig", "utf-16": "utf-16", "latin-1": "latin-1"}
_serial = count()


def file_suffix(name: str) -> str | None:
    """The ending by which a file's format is known, or None."""
    lowered = name.lower()
    return next((suffix for suffix in SUFFIXES if lowered.endswith(suffix)), None)


@contextmanager
def open_raw(
    connection: duckdb.DuckDBPyConnection, path: Path, options: RawOptions, scratch: Path
) -> Iterator[RawTable]:
    """Open a raw file; `scratch` is an existing folder for a link that goes when the file is closed.

    Raises:
        FileProblem: The file is empty, has no usable header, or is not what its name says.
    """
    suffix = file_suffix(path.name)
    if suffix is None:
        raise FileProblem(f"{path.name}: unknown kind of file; use {', '.join(SUFFIXES)}")
    name = f"_raw_{next(_serial)}"
    link = scratch / (name + suffix)  # a plain name: DuckDB would take * and [ for a pattern
    link.symlink_to(path.resolve())
    try:
        if SUFFIXES[suffix] == "parquet":
            yield _open_parquet(connection, path, link, options)
        elif SUFFIXES[suffix] == "csv":
            yield _open_csv(path, link, options, name)
        else:
            yield open_json_lines(connection, path, link, options, name)
    finally:
        link.unlink(missing_ok=True)
        for table in (name, f"{name}_scan", f"{name}_again", f"{name}_again_scan"):
            connection.execute(f"drop table if exists {table}")


def read_header(path: Path, options: RawOptions) -> tuple[list[str], str]:
    """Column names of a CSV file and its delimiter: the mapping's, or the likeliest in the header."""
    encoding = _PYTHON_ENCODINGS[options.encoding]
    try:
        with open_bytes(path) as file:
            head = b"".join(file.readline(1 << 20) for _ in range(50)).decode(encoding, "replace")
    except (OSError, EOFError) as error:
        raise FileProblem(f"{path.name}: cannot be read: {error}") from error
    lines = head.splitlines(keepends=True)
    if not lines or not lines[0].strip():
        raise FileProblem(f"{path.name}: has no header line; export it again")
    delimiter = options.delimiter or max(_DELIMITERS, key=lines[0].count)
    names = [name.strip() for name in next(csv.reader(lines, delimiter=delimiter))]
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        raise FileProblem(f"{path.name}: the header names {', '.join(twice)} more than once")
    return names, delimiter


def _open_csv(path: Path, link: Path, options: RawOptions, name: str) -> RawTable:
    names, delimiter = read_header(path, options)
    columns = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(len(names)))
    scan = (
        f"read_csv({literal(str(link))}, columns={{{columns}}}, auto_detect=false, header=true, "
        f"delim={literal(delimiter)}, quote='\"', escape='\"', encoding={literal(options.encoding)}, "
        f"nullstr=[{literals(options.null_values)}], {REJECTS})"
    )
    return RawTable(
        columns={column: "VARCHAR" for column in names if column},
        references={column: f"c{i}" for i, column in enumerate(names) if column},
        plain=scan,
        numbered=f"(select *, row_number() over () as _row from {scan})",
        rejects=name,
        header_lines=1,
        path=path if len(names) > 1 else None,  # in a single column a blank line is a row
    )


def _open_parquet(
    connection: duckdb.DuckDBPyConnection, path: Path, link: Path, options: RawOptions
) -> RawTable:
    scan = f"read_parquet({literal(str(link))})"
    try:
        described = connection.execute(f"describe from {scan}").fetchall()
    except duckdb.Error as error:
        raise FileProblem(f"{path.name}: cannot be read as Parquet: {error}") from error
    return RawTable(
        columns={str(row[0]): str(row[1]) for row in described},
        references={str(row[0]): identifier(str(row[0])) for row in described},
        plain=scan,
        numbered=f"(select *, row_number() over () as _row from {scan})",
        empty_texts=options.null_values,
        filled=without_empty_text(pq.read_metadata(path)),
    )
