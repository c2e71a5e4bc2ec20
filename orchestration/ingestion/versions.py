"""Lands of a snapshot or of changes only what differs from what is landed already.

The files of a delivery are one export: rows with the same key (and the same `effective_at` for
changes) are compared with one another first, then with the landing. Nothing here depends on the order
of rows or files.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb

from data_quality.quoting import identifier, instant, literal, literals
from orchestration.ingestion.conversion import DELETE, UPSERT, LoadIdentity, scalar
from orchestration.ingestion.landing import landed_relation
from orchestration.ingestion.mapping import ObjectMapping
from orchestration.ingestion.quarantine import CONFLICT, CONFLICT_MESSAGE

_TABLES: Final = ("_delivery", "_chosen", "_state", "_changed", "_vanished")


@dataclass(frozen=True)
class Difference:
    """What of a delivery is new. `conflicts` holds the rows that contradict the chosen one."""

    rows_landed: int
    rows_already_landed: int
    rows_conflicting: int
    rows_deleted: int
    conflicts: Path | None


@dataclass(frozen=True)
class Comparison:
    """Compares one converted delivery with the landing.

    `ever` compares with every row landed before instead of the latest of its key: for a delivery that
    is read again, whose rows may since have been superseded. `may_delete` allows tombstones.
    """

    connection: duckdb.DuckDBPyConnection
    mapping: ObjectMapping
    identity: LoadIdentity
    landing_dir: Path
    ever: bool
    may_delete: bool

    def write(self, converted: Sequence[Path], names: Sequence[str], work: Path) -> Difference:
        """Write the new rows below `work / "parts"`; `converted` are files with row positions."""
        try:
            return self._write(converted, names, work)
        finally:
            for table in _TABLES:
                self.connection.execute(f"drop table if exists {table}")

    def _write(self, converted: Sequence[Path], names: Sequence[str], work: Path) -> Difference:
        self.connection.execute("set preserve_insertion_order = false")
        self._create("_delivery", f"from read_parquet([{literals(map(str, converted))}])")
        rows = self._number(f"select count(*) from _delivery where _operation = {literal(UPSERT)}")
        conflicts = self._choose(names, work)
        conflicting = 0
        if conflicts is not None:
            conflicting = self._number(
                f"select count(*) from read_parquet({literal(str(conflicts))})"
            )
        self._read_state()
        self._create(
            "_changed", f"select new.* from _chosen as new where not exists ({self._landed()})"
        )
        deleted = self._find_vanished() if self.may_delete else 0
        landed = self._number("select count(*) from _changed")
        if landed + deleted:
            self._copy(deleted > 0, work / "parts" / "part-0001.parquet")
        return Difference(landed, rows - conflicting - landed, conflicting, deleted, conflicts)

    def _choose(self, names: Sequence[str], work: Path) -> Path | None:
        """Of rows with one key keep the first by content; write the others that say otherwise."""
        keys, everything = _list(self._version_key), _list(self.mapping.contract.column_names)
        good = f"from _delivery where _operation = {literal(UPSERT)}"
        if self.mapping.load_mode == "append":
            self._create("_chosen", good)
            return None
        doubles = f"select count(*) from (select {keys} {good} group by {keys} having count(*) > 1)"
        if self._number(doubles) == 0:
            self._create("_chosen", good)
            return None
        order = ", ".join(f"{identifier(n)} nulls last" for n in self.mapping.contract.column_names)
        self._create(
            "_chosen",
            f"select * exclude (_nth) from (select *, row_number() over "
            f"(partition by {keys} order by {order}, _file, _row) as _nth {good}) where _nth = 1",
        )
        files = " ".join(f"when {i} then {literal(name)}" for i, name in enumerate(names))
        target = work / "bad-conflicts.parquet"
        self.connection.execute(
            f"copy (select case _file {files} end as file, _row as row_number, "
            f"{literal(', '.join(self._version_key))} as column_name, "
            f"concat_ws(', ', {keys}) as value, {literal(CONFLICT)} as reason, "
            f"{literal(CONFLICT_MESSAGE)} as message, "
            f"cast(to_json(struct_pack({everything})) as varchar) as row_json "
            f"from (select *, dense_rank() over (partition by {keys} order by {order}) as _rank {good}) "
            f"where _rank > 1 order by file, row_number) to {literal(str(target))} (format parquet)"
        )
        return (
            target
            if self._number(f"select count(*) from read_parquet({literal(str(target))})")
            else None
        )

    def _read_state(self) -> None:
        landed = f"{landed_relation(self.landing_dir, self.mapping.name)} where _source_id = "
        landed += literal(self.mapping.source_id)
        if self.ever:
            self._create("_state", f"select distinct {self._columns}, _operation from {landed}")
            return
        keys = _list(self._version_key)
        self._create(
            "_state",
            f"select {self._columns}, _operation from (select *, row_number() over "
            f"(partition by {keys} order by _loaded_at desc, _load_id desc) as _nth from {landed}) "
            "where _nth = 1",
        )

    def _landed(self) -> str:
        same = " and ".join(
            f"new.{identifier(n)} is not distinct from state.{identifier(n)}"
            for n in self.mapping.contract.column_names
        )
        return (
            f"select 1 from _state as state where state._operation = {literal(UPSERT)} and {same}"
        )

    def _find_vanished(self) -> int:
        same = " and ".join(
            f"new.{identifier(n)} is not distinct from state.{identifier(n)}"
            for n in self._version_key
        )
        self._create(
            "_vanished",
            f"select state.* from _state as state where state._operation = {literal(UPSERT)} "
            "and not exists (select 1 from _delivery as new "
            f"where new._operation in ({literal(UPSERT)}, 'bad') and {same})",
        )
        return self._number("select count(*) from _vanished")

    def _copy(self, with_deletions: bool, target: Path) -> None:
        query = (
            f"select {self._columns}, _source_id, _loaded_at, _load_id, _operation from _changed"
        )
        if with_deletions:
            query += (
                f" union all select {self._columns}, {literal(self.mapping.source_id)}, "
                f"{instant(self.identity.loaded_at)}, {literal(self.identity.load_id)}, "
                f"{literal(DELETE)} from _vanished"
            )
        self.connection.execute(f"copy ({query}) to {literal(str(target))} (format parquet)")

    @property
    def _version_key(self) -> tuple[str, ...]:
        contract = self.mapping.contract
        if self.mapping.load_mode == "changes" and contract.effective_at not in (
            None,
            *contract.key,
        ):
            return (*contract.key, str(contract.effective_at))
        return contract.key

    @property
    def _columns(self) -> str:
        return _list(self.mapping.contract.column_names)

    def _create(self, table: str, query: str) -> None:
        self.connection.execute(f"create or replace temp table {table} as {query}")

    def _number(self, query: str) -> int:
        return scalar(self.connection, query)


def _list(names: Sequence[str]) -> str:
    return ", ".join(identifier(name) for name in names)
