"""What a source mapping says: which files hold which object, and which column is which.

The mapping is YAML that the user owns; `mapping_parser` reads and checks it. Nothing here touches a
data file or builds SQL.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

from data_quality.contracts import Contract, LoadMode

Words = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class ColumnMapping:
    """Where the value of one contract column comes from.

    Exactly one of `sources`, `constant`, `fingerprint` is set. Several sources are joined by
    `separator`. `values` translates words; a word that it lacks becomes `default`, or is refused
    where there is no default. `when` keeps the value only in rows where a source column holds one of
    the given words. `first_by` takes the smallest value among rows that agree in those columns.
    """

    column: str
    sources: tuple[str, ...] = ()
    constant: str | None = None
    fingerprint: tuple[str, ...] = ()
    separator: str = ""
    formats: tuple[str, ...] = ()
    timezone: str = "UTC"
    inclusive_end: bool = False
    unit: Literal["minor", "major"] = "minor"
    currency: str | None = None
    values: Mapping[str, str | None] | None = None
    default: str | None = None
    has_default: bool = False
    decimal: str = "."
    thousands: str = ""
    when: Words = field(default_factory=dict)
    first_by: tuple[str, ...] = ()

    @property
    def reads(self) -> tuple[str, ...]:
        """Every source column that the value depends on."""
        return (*self.sources, *self.fingerprint, *self.when, *self.first_by)


@dataclass(frozen=True)
class LoadedAtFrom:
    """How the name of a file tells when it was delivered."""

    regex: str
    format: str
    timezone: str = "UTC"


@dataclass(frozen=True)
class ObjectMapping:
    """Where one raw object comes from."""

    contract: Contract
    source_id: str
    files: tuple[str, ...]
    columns: Mapping[str, ColumnMapping]
    load_mode: LoadMode
    is_required: bool = False
    allow_empty: bool = False
    loaded_at_from: LoadedAtFrom | None = None
    skip_rows_where: Words = field(default_factory=dict)
    null_values: tuple[str, ...] = ("",)
    delimiter: str | None = None
    encoding: str = "utf-8"

    @property
    def name(self) -> str:
        """The object's name."""
        return self.contract.name

    @property
    def mapping_hash(self) -> str:
        """Changes when the landing of a row could change; where the files lie does not count."""
        facts = {
            "source_id": self.source_id,
            "load_mode": self.load_mode,
            "columns": {name: asdict(column) for name, column in self.columns.items()},
            "skip_rows_where": dict(self.skip_rows_where),
            "null_values": self.null_values,
            "delimiter": self.delimiter,
            "encoding": self.encoding,
        }
        return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()

    @property
    def reads(self) -> tuple[str, ...]:
        """Every source column that is read, each once, in order of first use."""
        names = [name for column in self.columns.values() for name in column.reads]
        return tuple(dict.fromkeys([*names, *self.skip_rows_where]))


@dataclass(frozen=True)
class SourceMapping:
    """A whole mapping: one source system and its objects. `policy` is handed on to dbt as vars."""

    path: Path
    source_id: str
    root: Path
    policy: Mapping[str, str]
    objects: Mapping[str, ObjectMapping]
