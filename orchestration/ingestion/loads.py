"""The record of each load: what was read, what became of every row, and from which files.

Records are the memory by which a second delivery of the same content is recognised. The law that no
row gets lost is checked here, whenever a record is made.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Literal

from orchestration.ingestion.durable import write_text

Status = Literal["landed", "unchanged", "failed"]
LOADS_DIR: Final = "_loads"


class RowsLostError(RuntimeError):
    """The counts of a load do not add up: a defect of this program, never of the data."""


@dataclass(frozen=True)
class LoadedFile:
    """A raw file as it was read. Size and time of change spare hashing it again."""

    name: str
    sha256: str
    rows_read: int
    size: int
    modified_ns: int


@dataclass(frozen=True)
class LoadRecord:
    """One load of one object. Counts are rows; `rows_deleted` are tombstones, which no file held.

    `load_mode` is the mapping's word, which may differ from the contract's; old records lack it.
    """

    load_id: str
    object: str
    source_id: str
    loaded_at: datetime
    delivered_at: datetime | None
    files: tuple[LoadedFile, ...]
    mapping_hash: str
    contract_hash: str
    status: Status
    load_mode: str | None = None
    rows_read: int = 0
    rows_landed: int = 0
    rows_already_landed: int = 0
    rows_filtered: int = 0
    rows_quarantined: int = 0
    rows_deleted: int = 0
    message: str = ""
    source_columns: tuple[str, ...] = ()
    new_columns: tuple[str, ...] = ()
    missing_columns: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Check that every row read has an end."""
        ends = (
            self.rows_landed + self.rows_already_landed + self.rows_filtered + self.rows_quarantined
        )
        if self.rows_read != ends:
            raise RowsLostError(
                f"{self.object}, load {self.load_id}: {self.rows_read} rows read, but {ends} landed, "
                "already landed, filtered or quarantined"
            )

    @property
    def content(self) -> tuple[str, ...]:
        """The content hashes of the files, in any order."""
        return tuple(sorted(file.sha256 for file in self.files))

    def to_json(self) -> str:
        """The record as JSON text."""
        return json.dumps(asdict(self), indent=1, default=_instant_text) + "\n"


def from_json(text: str) -> LoadRecord:
    """A record from its JSON text."""
    raw: dict[str, Any] = json.loads(text)
    files = tuple(LoadedFile(**file) for file in raw.pop("files"))
    for key in ("loaded_at", "delivered_at"):
        raw[key] = None if raw[key] is None else datetime.fromisoformat(raw[key])
    for key in ("source_columns", "new_columns", "missing_columns"):
        raw[key] = tuple(raw[key])
    return LoadRecord(**raw, files=files)


def new_load_id(loaded_at: datetime, facts: Sequence[str]) -> str:
    """Sortable by time and decided by content: the same load always gets the same id."""
    digest = hashlib.sha256("\n".join(facts).encode()).hexdigest()[:12]
    return f"{loaded_at:%Y%m%dT%H%M%S%f}Z-{digest}"


class Ledger:
    """The records of all loads under one landing, read once and kept up to date."""

    def __init__(self, landing_dir: Path) -> None:
        self.folder = landing_dir / LOADS_DIR
        self._records: dict[str, list[LoadRecord]] = {}

    def of(self, object_name: str, source_id: str) -> tuple[LoadRecord, ...]:
        """Records of one object of one source, oldest first."""
        if object_name not in self._records:
            paths = self.folder.glob(f"*.{object_name}.json")
            read = [from_json(path.read_text(encoding="utf-8")) for path in paths]
            self._records[object_name] = sorted(read, key=lambda r: (r.loaded_at, r.load_id))
        return tuple(r for r in self._records[object_name] if r.source_id == source_id)

    def note(self, record: LoadRecord) -> None:
        """Take up a record that has been written."""
        if record.object in self._records:
            kept = [r for r in self._records[record.object] if r.load_id != record.load_id]
            self._records[record.object] = sorted(
                [*kept, record], key=lambda r: (r.loaded_at, r.load_id)
            )

    def write(self, record: LoadRecord) -> None:
        """Write a record that lands no rows."""
        write_text(record_path(self.folder.parent, record), record.to_json())
        self.note(record)


def record_path(landing_dir: Path, record: LoadRecord) -> Path:
    """Where the record of a load is kept."""
    return landing_dir / LOADS_DIR / f"{record.load_id}.{record.object}.json"


def known_hash(path: Path, name: str, records: Sequence[LoadRecord]) -> str | None:
    """The hash of a file that has not been touched since a load read it, or None."""
    status = path.stat()
    for record in reversed(records):
        for file in record.files:
            if (file.name, file.size, file.modified_ns) == (
                name,
                status.st_size,
                status.st_mtime_ns,
            ):
                return file.sha256
    return None


def file_facts(path: Path, name: str, records: Sequence[LoadRecord]) -> LoadedFile:
    """A file's identity; its content is only read where no record knows it."""
    status = path.stat()
    sha256 = known_hash(path, name, records)
    if sha256 is None:
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    return LoadedFile(name, sha256, 0, status.st_size, status.st_mtime_ns)


def with_rows(file: LoadedFile, rows: int) -> LoadedFile:
    """The same file, with the number of rows that were read."""
    return replace(file, rows_read=rows)


def _instant_text(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat(timespec="microseconds")
    raise TypeError(f"{value!r} has no JSON form")
