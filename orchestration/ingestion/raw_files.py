"""Opens a raw file for SQL: CSV, JSON lines or Parquet, plain or gzipped, as columns of raw values.

CSV columns get positional names, so a hostile header never reaches SQL, and lines that do not parse
are kept in a rejects table instead of stopping the load. Typing values is the business of
`expressions`.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Final, Literal

import duckdb
import pyarrow.parquet as pq

from data_quality.quoting import identifier, literal, literals
from orchestration.ingestion.footers import without_empty_text
from orchestration.ingestion.text_lines import open_bytes

Format = Literal["csv", "jsonl", "parquet"]
SUFFIXES: Final[Mapping[str, Format]] = {
    ".csv": "csv", ".csv.gz": "csv", ".tsv": "csv", ".tsv.gz": "csv",
    ".jsonl": "jsonl", ".jsonl.gz": "jsonl", ".parquet": "parquet",
}  # fmt: skip
_DELIMITERS: Final = (",", ";", "\t", "|")
_PYTHON_ENCODINGS: Final = {"utf-8": "utf-8-sig", "utf-16": "utf-16", "latin-1": "latin-1"}
_JSON_DELIMITER: Final = "\x1f"  # a control character: JSON text may hold it only escaped
_MAX_LINE_BYTES: Final = 16 * 1024 * 1024
_serial = count()


class FileProblem(ValueError):  # noqa: N818 - reads as what it is
    """A file that cannot be read at all; the message names the file and what to do."""


@dataclass(frozen=True)
class RawOptions:
    """How a file is written, where the mapping says so."""

    null_values: tuple[str, ...] = ("",)
    delimiter: str | None = None
    encoding: str = "utf-8"


@dataclass(frozen=True)
class RawTable:
    """A file opened for SQL.

    `columns` gives DuckDB's type by source column name and `references` the SQL that reads it.
    Lines that do not parse go to the table `rejects` (None for Parquet) while `relation` with
    `keep_rejects` is read; `path` is set where
    the reader skips blank lines but counts them. `unparseable` is true for rows that parse as text but mean nothing.
    `empty_texts` are yet to be read as NULL, except that columns in `filled` hold no empty text.
    """

    columns: Mapping[str, str]
    references: Mapping[str, str]
    numbered: str
    plain: str
    rejects: str | None = None
    header_lines: int = 0
    path: Path | None = None
    unparseable: str = "false"
    empty_texts: tuple[str, ...] = ()
    filled: frozenset[str] = frozenset()

    def reference(self, name: str) -> str | None:
        """The SQL that reads a source column; `a.b` reaches into JSON objects. None if absent."""
        if name in self.references:
            return self.references[name]
        head = name.split(".", maxsplit=1)[0]
        if self.unparseable != "false" and head != name and head in self.references:
            return _json_reference(name.split("."))
        return None

    def relation(self, *, rows: bool, keep_rejects: bool) -> str:
        """The file as a subquery. `rows` adds `_row`, 1 for the first row that parses."""
        text = self.numbered if rows else self.plain
        if self.rejects is None:
            return text
        # `ignore_errors=true` would do for a second reading, but ends it at the first stray quote
        table = self.rejects if keep_rejects else f"{self.rejects}_again"
        return _rejecting_into(text, table)


def _rejecting_into(text: str, table: str) -> str:
    kept = f"store_rejects=true, rejects_table='{table}', rejects_scan='{table}_scan'"
    return text.replace("@rejects@", kept)


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
            yield _open_jsonl(connection, path, link, options, name)
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
        f"nullstr=[{literals(options.null_values)}], @rejects@)"
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


def _open_jsonl(
    connection: duckdb.DuckDBPyConnection, path: Path, link: Path, options: RawOptions, name: str
) -> RawTable:
    lines = (
        f"read_csv({literal(str(link))}, columns={{'line': 'VARCHAR'}}, auto_detect=false, header=false, "
        f"delim={literal(_JSON_DELIMITER)}, quote='', escape='', max_line_size={_MAX_LINE_BYTES}, "
        f"encoding={literal(options.encoding)}, @rejects@)"
    )
    document = "case when json_valid(line) then case when json_type(line) = 'OBJECT' then line end end as _doc"
    filled = "where line is not null and trim(line) <> ''"
    plain = f"(select line, {document} from {lines} {filled})"
    numbered = (
        f"(select line, {document}, _row from "
        f"(select line, row_number() over () as _row from {lines}) {filled})"
    )
    try:
        keys = connection.execute(
            "select distinct unnest(json_keys(_doc)) as key "
            f"from {_rejecting_into(plain, name + '_again')} where _doc is not null order by key"
        ).fetchall()
    except duckdb.Error as error:
        raise FileProblem(f"{path.name}: cannot be read as JSON lines: {error}") from error
    return RawTable(
        columns={key: "VARCHAR" for (key,) in keys},
        references={key: _json_reference([key]) for (key,) in keys},
        plain=plain,
        numbered=numbered,
        rejects=name,
        unparseable="_doc is null",
        empty_texts=options.null_values,
    )


def _json_reference(steps: list[str]) -> str:
    pointer = "".join("/" + step.replace("~", "~0").replace("/", "~1") for step in steps)
    return f"json_extract_string(_doc, {literal(pointer)})"


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
