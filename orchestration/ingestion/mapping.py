"""What a source mapping says: which files hold which object, and which column is which.

The mapping is YAML that the user owns; `mapping_parser` reads and checks it. Nothing here touches a
data file or builds SQL.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final, Literal

from data_quality.contracts import Contract, LoadMode
from orchestration.ingestion.json_paths import list_of

Words = Mapping[str, tuple[str, ...]]
_TABLE: Final = re.compile(r"\.(csv|tsv|parquet)(\.gz)?$", re.IGNORECASE)


@dataclass(frozen=True)
class ColumnMapping:
    """Where the value of one contract column comes from.

    Exactly one of `sources`, `constant`, `fingerprint` is set. Several sources are joined by
    `separator`, an empty one as `empty_as` where that is given. `values` translates words; a word that it lacks becomes `default`, or is refused
    where there is no default. `when` keeps the value only in rows where a source column holds one of
    the given words. `first_by` takes the smallest value among rows that agree in those columns.
    """

    column: str
    sources: tuple[str, ...] = ()
    constant: str | None = None
    fingerprint: tuple[str, ...] = ()
    separator: str = ""
    empty_as: str | None = None
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
    refuse_rows_where: Words = field(default_factory=dict)
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
            "columns": {name: _facts(column) for name, column in self.columns.items()},
            "skip_rows_where": dict(self.skip_rows_where),
            **(
                {"refuse_rows_where": dict(self.refuse_rows_where)}
                if self.refuse_rows_where
                else {}
            ),
            "null_values": self.null_values,
            "delimiter": self.delimiter,
            "encoding": self.encoding,
        }
        return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()

    @property
    def reads(self) -> tuple[str, ...]:
        """Every source column that is read, each once, in order of first use."""
        names = [name for column in self.columns.values() for name in column.reads]
        return tuple(dict.fromkeys([*names, *self.skip_rows_where, *self.refuse_rows_where]))

    @property
    def list_steps(self) -> tuple[str, ...]:
        """Where the list lies whose elements are the object's rows; empty where lines are its rows.

        A CSV or Parquet column may be named like a list in JSON and is none.

        Raises:
            ValueError: The columns reach into several lists.
        """
        is_table = all(_TABLE.search(pattern) for pattern in self.files)
        return () if is_table else list_of(self.reads)


def _facts(column: ColumnMapping) -> dict[str, object]:
    """What a column's mapping says; options that came later count only where they are used."""
    facts = asdict(column)
    return facts if column.empty_as is not None else {k: facts[k] for k in facts if k != "empty_as"}


@dataclass(frozen=True)
class SourceMapping:
    """A whole mapping: one source system and its objects. `policy` is handed on to dbt as vars."""

    path: Path
    source_id: str
    root: Path
    policy: Mapping[str, str]
    objects: Mapping[str, ObjectMapping]
