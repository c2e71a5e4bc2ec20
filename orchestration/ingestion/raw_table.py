"""A raw file opened for SQL: its columns, the relation that reads it, and rows that mean nothing.

Opening files is the business of `raw_files`; typing values that of `expressions`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from orchestration.ingestion.json_paths import parse_path

# Stands in a scan where its table of rejects is named; no mapping may hold a NUL, so none can say it.
REJECTS: Final = "\0rejects\0"


class FileProblem(ValueError):  # noqa: N818 - reads as what it is
    """A file that cannot be read at all; the message names the file and what to do."""


@dataclass(frozen=True)
class RawOptions:
    """How a file is written, where the mapping says so, and the list whose elements are its rows.

    A file whose lines all lack that list is refused, unless it `may_lack_list`: then it has no rows.
    """

    null_values: tuple[str, ...] = ("",)
    delimiter: str | None = None
    encoding: str = "utf-8"
    list_steps: tuple[str, ...] = ()
    may_lack_list: bool = False


@dataclass(frozen=True)
class Refusal:
    """Rows that are refused as a whole: SQL of the condition and of what is wrong, and why in words."""

    condition: str
    reason: str
    message: str
    value: str


@dataclass(frozen=True)
class RawTable:
    """A file opened for SQL.

    `columns` gives DuckDB's type by source column name and `references` the SQL that reads it.
    Lines that do not parse go to the table `rejects` (None for Parquet) while `relation` with
    `keep_rejects` is read; `path` is set where the reader skips blank lines but counts them.
    `refusals` are rows that parse as text but mean nothing.
    `empty_texts` are yet to be read as NULL, except that columns in `filled` hold no empty text.
    `is_json` is true where columns can be paths, and `is_listed` where rows are elements of a list;
    `missing_list` names a list that no line has.
    """

    columns: Mapping[str, str]
    references: Mapping[str, str]
    numbered: str
    plain: str
    rejects: str | None = None
    header_lines: int = 0
    path: Path | None = None
    refusals: tuple[Refusal, ...] = ()
    empty_texts: tuple[str, ...] = ()
    filled: frozenset[str] = frozenset()
    is_json: bool = False
    is_listed: bool = False
    missing_list: str | None = None

    def reference(self, name: str) -> str | None:
        """The SQL that reads a source column, in JSON also a path; None if absent."""
        if name in self.references:
            return self.references[name]
        path = parse_path(name) if self.is_json else None
        if path is None:
            return None
        if path.list_steps and self.missing_list is not None:
            return "cast(null as varchar)"
        return path.sql if path.head in self.references else None

    def relation(self, *, rows: bool, keep_rejects: bool) -> str:
        """The file as a subquery. `rows` adds `_row`, 1 for the first row that parses."""
        text = self.numbered if rows else self.plain
        if self.rejects is None:
            return text
        # `ignore_errors=true` would do for a second reading, but ends it at the first stray quote
        table = self.rejects if keep_rejects else f"{self.rejects}_again"
        return rejecting_into(text, table)


def rejecting_into(text: str, table: str) -> str:
    """A scan that keeps the lines it cannot split in a table."""
    kept = f"store_rejects=true, rejects_table='{table}', rejects_scan='{table}_scan'"
    return text.replace(REJECTS, kept)
