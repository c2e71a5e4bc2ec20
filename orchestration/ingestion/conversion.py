"""Turns one raw file into typed Parquet and parts good rows from filtered and bad ones.

One pass writes every row and marks it in `_operation`. Where the Parquet footer says that all rows
are good, nothing has to be split and the file is final; else the bad rows are read a second time, now
with their positions, into the quarantine. What is landed already is the business of `versions`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import duckdb
import pyarrow.parquet as pq

from data_quality.quoting import identifier, instant, literal
from orchestration.ingestion import quarantine
from orchestration.ingestion.expressions import REFUSED, RowSql, raw_options, row_sql
from orchestration.ingestion.footers import holds_only, within_calendar
from orchestration.ingestion.loads import RowsLostError
from orchestration.ingestion.mapping import ObjectMapping
from orchestration.ingestion.raw_files import open_raw
from orchestration.ingestion.raw_table import FileProblem, RawTable
from orchestration.ingestion.text_lines import with_plain_newlines

UPSERT: Final = "upsert"
DELETE: Final = "delete"
_FILTERED: Final = "filtered"
_BAD: Final = "bad"
_MIXED_NEWLINES: Final = "state machine reached an invalid state"


@dataclass(frozen=True)
class LoadIdentity:
    """What every row of a load carries."""

    load_id: str
    loaded_at: datetime


@dataclass(frozen=True)
class Converted:
    """What became of one file. `path` holds its good rows and `bad_path` its quarantined ones."""

    name: str
    path: Path
    bad_path: Path | None
    rows_read: int
    rows_good: int
    rows_filtered: int
    rows_bad: int
    has_unknown_keys: bool
    columns: tuple[str, ...]
    missing_columns: tuple[str, ...]


class RetypedColumnError(ValueError):
    """Not one value of a required column can be turned into its type."""


@dataclass(frozen=True)
class Converter:
    """Converts the files of one load of one object, one after the other, into the folder `work`."""

    connection: duckdb.DuckDBPyConnection
    mapping: ObjectMapping
    identity: LoadIdentity
    work: Path
    keep_rows: bool

    def convert(self, path: Path, name: str, number: int) -> Converted:
        """Convert one file. `keep_rows` keeps row numbers and bad rows' keys for `versions`.

        Raises:
            FileProblem: The file cannot be read at all.
            MissingColumnsError (from `expressions`): It lacks a column that is needed.
            RetypedColumnError: A required column has no usable value.
        """
        attempts: tuple[Callable[[], Path], ...] = (
            lambda: path,
            lambda: with_plain_newlines(path, self.work, keep_quoted=True),
            lambda: with_plain_newlines(path, self.work, keep_quoted=False),
        )
        problem = ""
        for attempt in attempts:
            used = attempt()
            try:
                return self._convert(used, name, number)
            except FileProblem as error:
                # Nightly files of one object are named alike: only with its folder one is found.
                raise FileProblem(f"{name}: {str(error).removeprefix(f'{used.name}: ')}") from error
            except (duckdb.InvalidInputException, duckdb.IOException) as error:
                problem = str(error)
                if _MIXED_NEWLINES not in problem:
                    break
        raise FileProblem(f"{name}: cannot be read: {problem}")

    def _convert(self, path: Path, name: str, number: int) -> Converted:
        target = self.work / f"converted-{number:04d}.parquet"
        with open_raw(self.connection, path, raw_options(self.mapping), self.work) as raw:
            row = row_sql(self.mapping, raw, quick=not self.keep_rows)
            self._write(raw, row, target, number)
            if not self.keep_rows and not self._is_fine(target):
                row = row_sql(self.mapping, raw)
                self._write(raw, row, target, number)
            rejected = self._rejected(raw)
            counts = self._counts(target)
            bad = counts.get(_BAD, 0)
            bad_path = None
            if bad or rejected:
                self._refuse_retyped(row, raw, name, counts)
                bad_path = self.work / f"bad-{number:04d}.parquet"
                quarantine.write_bad_rows(self.connection, raw, row, bad_path, name)
                if pq.read_metadata(bad_path).num_rows != bad + rejected:
                    raise RowsLostError(
                        f"{name}: {bad + rejected} bad rows, but another number was kept"
                    )
            unknown = rejected > 0 or (
                bad_path is not None and self._has_unknown_keys(target, bad_path)
            )
            if len(counts) > 1 and not self.keep_rows:
                target = self._only_good(target)
            return Converted(
                name=name,
                path=target,
                bad_path=bad_path,
                rows_read=sum(counts.values()) + rejected,
                rows_good=counts.get(UPSERT, 0),
                rows_filtered=counts.get(_FILTERED, 0),
                rows_bad=bad + rejected,
                has_unknown_keys=unknown,
                columns=tuple(raw.columns),
                missing_columns=row.missing,
            )

    def _write(self, raw: RawTable, row: RowSql, target: Path, number: int) -> None:
        if raw.rejects is not None:
            self.connection.execute(f"drop table if exists {raw.rejects}")
            self.connection.execute(f"drop table if exists {raw.rejects}_scan")
        relation = raw.relation(rows=self.keep_rows, keep_rejects=True)
        self._copy(self._rows(row, relation, number), target, ordered=self.keep_rows)

    def _is_fine(self, target: Path) -> bool:
        """True when the quick way found no bad row, and no date that only the slow way would refuse."""
        times = [column.name for column in self.mapping.contract.columns if column.is_time]
        footer = pq.read_metadata(target)
        return _BAD not in self._counts(target) and all(within_calendar(footer, n) for n in times)

    def _rows(self, row: RowSql, relation: str, number: int) -> str:
        inner = ", ".join(
            f"{sql.value} as v{i}" + (f", {sql.given} as g{i}" if sql.needs_given else "")
            for i, sql in enumerate(row.columns)
        )
        outer = ", ".join(f"v{i} as {identifier(s.column.name)}" for i, s in enumerate(row.columns))
        rows = ", _row" if self.keep_rows else ""
        position = f", _row, {number} as _file" if self.keep_rows else ""
        return (
            f"select {outer}, {_same(self.mapping.source_id)} as _source_id, "
            f"{instant(self.identity.loaded_at)} as _loaded_at, "
            f"{_same(self.identity.load_id)} as _load_id, "
            f"case when _refused then {literal(_BAD)} when _skipped then {literal(_FILTERED)} "
            f"when {row.is_bad()} then {literal(_BAD)} else {literal(UPSERT)} end as _operation{position} "
            f"from (select {inner}, {row.is_refused} as _refused, "
            f"{row.is_skipped} as _skipped{rows} from {relation})"
        )

    def _copy(self, query: str, target: Path, *, ordered: bool) -> None:
        self.connection.execute(f"set preserve_insertion_order = {str(ordered).lower()}")
        self.connection.execute(f"copy ({query}) to {literal(str(target))} (format parquet)")

    def _rejected(self, raw: RawTable) -> int:
        if raw.rejects is None:
            return 0
        return scalar(self.connection, f"select count(distinct line) from {raw.rejects}")

    def _counts(self, target: Path) -> dict[str, int]:
        footer = pq.read_metadata(target)
        if footer.num_rows == 0 or holds_only(footer, "_operation", UPSERT):
            return {UPSERT: footer.num_rows}
        found = self.connection.execute(
            f"select _operation, count(*) from read_parquet({literal(str(target))}) group by all"
        ).fetchall()
        return {str(operation): int(rows) for operation, rows in found}

    def _only_good(self, target: Path) -> Path:
        good = target.with_name(target.name.replace("converted", "good"))
        query = f"from read_parquet({literal(str(target))}) where _operation = {literal(UPSERT)}"
        self._copy(query, good, ordered=False)
        target.unlink()
        return good

    def _has_unknown_keys(self, target: Path, bad_path: Path) -> bool:
        """True where a bad row hides a key; of a list that is cut off, keys are on no row at all."""
        no_key = " or ".join(f"{identifier(key)} is null" for key in self.mapping.contract.key)
        return bool(
            scalar(
                self.connection,
                f"select count(*) from read_parquet({literal(str(target))}) "
                f"where _operation = {literal(_BAD)} and ({no_key})",
            )
            or scalar(
                self.connection,
                f"select count(*) from read_parquet({literal(str(bad_path))}) "
                f"where reason = {literal(REFUSED)}",
            )
        )

    def _refuse_retyped(
        self, row: RowSql, raw: RawTable, name: str, counts: dict[str, int]
    ) -> None:
        if counts.get(UPSERT, 0) or counts.get(_BAD, 0) < 2:
            return
        required = [s for s in row.columns if s.column.required and s.can_fail]
        inner = ", ".join(f"{s.given} as g{i}, {s.value} as v{i}" for i, s in enumerate(required))
        tests = ", ".join(f"count(g{i}), count(v{i})" for i in range(len(required)))
        found = self.connection.execute(
            f"select {tests} from (select {inner}, {row.is_skipped} as _skipped, "
            f"{row.is_refused} as _refused from {raw.relation(rows=False, keep_rejects=False)}) "
            "where not _skipped and not _refused"
        ).fetchone()
        for i, sql in enumerate(required):
            if found is not None and found[2 * i] >= 2 and found[2 * i + 1] == 0:
                raise RetypedColumnError(
                    f"{name}: not one of {found[2 * i]} values of '{sql.column.name}' is a "
                    f"{sql.column.type} that the contract allows; look at the column's mapping "
                    "(format, values, unit) or at the export"
                )


def scalar(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    """The single whole number that a query returns."""
    found = connection.execute(query).fetchone()
    if found is None:
        raise LookupError(f"no row from: {query}")
    return int(found[0])


def _same(text: str) -> str:
    """A text that all rows share; as an enum it is landed as VARCHAR, but a tenth faster."""
    return f"cast({literal(text)} as enum({literal(text)}))"
