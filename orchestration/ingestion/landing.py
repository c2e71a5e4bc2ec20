"""The landing: immutable Parquet by object and load, published in steps that survive a crash.

    <landing>/<object>/load_id=<id>/part-*.parquet   rows, visible to readers by one rename
    <landing>/<object>/_schema.parquet               no rows; the columns that every reader may expect
    <landing>/_loads/<id>.<object>.json              the record
    <landing>/_tmp/<id>.<object>/                    a load in the making; `record.json` completes it

Until `record.json` stands in the making, a crash leaves nothing behind but that folder, which
`recover` throws away; from then on `recover` finishes the load. Only one writer may be at work.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

import duckdb
import pyarrow.parquet as pq

from data_quality.contracts import Contract, load_contracts
from data_quality.quoting import identifier, literal
from orchestration.ingestion.durable import force, move, write_text
from orchestration.ingestion.loads import LoadRecord, from_json, record_path

TMP_DIR: Final = "_tmp"
ASIDE_DIR: Final = "_aside"
SCHEMA_FILE: Final = "_schema.parquet"
PLUMBING: Final = {
    "_source_id": "VARCHAR",
    "_loaded_at": "TIMESTAMP",
    "_load_id": "VARCHAR",
    "_operation": "VARCHAR",
}
_RECORD: Final = "record.json"


class Landing:
    """Writes loads. Both folders must lie on one filesystem, since publishing is renaming."""

    def __init__(self, landing_dir: Path, quarantine_dir: Path) -> None:
        self.landing_dir = landing_dir
        self.quarantine_dir = quarantine_dir

    def work_dir(self, load_id: str, object_name: str) -> Path:
        """A fresh folder for a load in the making; parts go to `parts`, bad rows to `quarantine`."""
        folder = self.landing_dir / TMP_DIR / f"{load_id}.{object_name}"
        shutil.rmtree(folder, ignore_errors=True)
        (folder / "parts").mkdir(parents=True)
        return folder

    def publish(self, work: Path, record: LoadRecord) -> None:
        """Complete a load in the making and show it to readers."""
        for path in sorted(work.glob("*/*.parquet")):
            force(path)
        write_text(work / _RECORD, record.to_json())
        self._finish(work, record)

    def discard(self, work: Path) -> None:
        """Give up a load in the making."""
        shutil.rmtree(work, ignore_errors=True)

    def recover(self) -> list[str]:
        """Finish or throw away what a crash left behind, and say what was done."""
        done = []
        for work in sorted((self.landing_dir / TMP_DIR).glob("*")):
            record_file = work / _RECORD
            if record_file.exists():
                record = from_json(record_file.read_text(encoding="utf-8"))
                self._finish(work, record)
                done.append(f"finished the interrupted load {record.load_id} of {record.object}")
            elif not (work / "journal.json").exists():
                self.discard(work)
                done.append(f"threw away the unfinished load {work.name}")
        return done

    def load_dir(self, record: LoadRecord) -> Path:
        """Where the rows of a load lie."""
        return self.landing_dir / record.object / f"load_id={record.load_id}"

    def _finish(self, work: Path, record: LoadRecord) -> None:
        folder = f"load_id={record.load_id}"
        for made, target in (
            (work / "quarantine", self.quarantine_dir / record.object / folder),
            (work / "aside", self.landing_dir / ASIDE_DIR / record.object / folder),
            (work / "parts", self.load_dir(record)),
        ):
            if made.is_dir() and any(made.iterdir()):
                move(made, target)
        move(work / _RECORD, record_path(self.landing_dir, record))
        shutil.rmtree(work, ignore_errors=True)

    def write_schemas(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Give every object its empty `_schema.parquet`, anew where the contract has changed."""
        for contract in load_contracts().values():
            target = self.landing_dir / contract.name / SCHEMA_FILE
            if target.exists() and _stamp(target) == contract.contract_hash:
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            partial = target.with_name(".schema.partial")
            connection.execute(
                f"copy (select {_empty_columns(contract)} where false) to {literal(str(partial))} "
                f"(format parquet, kv_metadata {{contract_hash: {literal(contract.contract_hash)}}})"
            )
            move(partial, target)


def landed_relation(landing_dir: Path, object_name: str) -> str:
    """SQL of all landed rows of an object, as every reader reads them."""
    pattern = glob_literal(landing_dir / object_name) + "/**/*.parquet"
    return f"read_parquet({literal(pattern)}, union_by_name=true, hive_partitioning=false)"


def glob_literal(folder: Path) -> str:
    """A folder's path in which DuckDB sees no pattern."""
    return "".join(f"[{char}]" if char in "*?[" else char for char in str(folder))


def _empty_columns(contract: Contract) -> str:
    types = {column.name: column.duckdb_type for column in contract.columns} | PLUMBING
    return ", ".join(f"cast(null as {kind}) as {identifier(name)}" for name, kind in types.items())


def _stamp(path: Path) -> str | None:
    found = (pq.read_metadata(path).metadata or {}).get(b"contract_hash")
    return None if found is None else str(found.decode())
