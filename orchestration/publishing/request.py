"""What a release is made from: the one argument of `publish`.

Everything that differs between runs comes in here, so that nothing below reads a clock, an
environment variable or a dbt artifact.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Literal

PersonalData = Literal["omit", "hash", "include"]
DuckDBSetting = str | bool | int | float | list[str]


@dataclass(frozen=True, kw_only=True)
class TableDescription:
    """Comments that BI tools show: of the table and of its columns."""

    description: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class RunFacts:
    """What the release says about the run that made it.

    Attributes:
        run_id: Name of the run and of the release's folder.
        as_of: Exclusive end of what is measured.
        known_at: Only rows loaded up to this instant were read.
        data_through: Last complete day in the numbers.
        published_at: Instant of publishing, fixed by the caller.
        code_version: Version or commit of the project.
        policy: Business policy in force (discounts, grace days, currency, …).
        checks: Summary of the gates (`GateResult.summary()` per layer).
    """

    run_id: str
    as_of: datetime
    known_at: datetime
    data_through: date
    published_at: datetime
    code_version: str
    policy: Mapping[str, Any] = field(default_factory=dict)
    checks: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class TableFacts:
    """What dbt's manifest knows about the tables, keyed by table name.

    Attributes:
        primary_keys: Columns that are unique together and never null. Tables named here must exist.
        descriptions: Comments of tables and columns.
        personal_columns: Columns that a contract or model flags as personal.
        accepted_row_changes: Tables that may vanish, become empty or shrink in this release.
    """

    primary_keys: Mapping[str, Sequence[str]] = field(default_factory=dict)
    descriptions: Mapping[str, TableDescription] = field(default_factory=dict)
    personal_columns: Mapping[str, Sequence[str]] = field(default_factory=dict)
    accepted_row_changes: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class ReleaseRequest:
    """Everything that `publish` needs.

    Attributes:
        warehouse: The DuckDB file that dbt built; only read.
        releases_dir: Folder of the releases and of the link `current`.
        run: Facts about the run.
        tables: Facts about the tables.
        schemas: Warehouse schemas whose tables are published.
        personal_data: What happens to personal columns.
        personal_data_salt: Secret of the hashes; required for `hash`.
        keep: Releases kept, the current one included; at least 3.
        duckdb_config: Settings of the connection, such as threads and memory_limit.
    """

    warehouse: Path
    releases_dir: Path
    run: RunFacts
    tables: TableFacts = field(default_factory=TableFacts)
    schemas: Sequence[str] = ("marts", "scores")
    personal_data: PersonalData = "omit"
    personal_data_salt: str = ""
    keep: int = 3
    duckdb_config: Mapping[str, DuckDBSetting] = field(default_factory=dict)


def naive_utc(instant: datetime) -> datetime:
    """Return the instant as the warehouse stores it: UTC without an offset."""
    if instant.tzinfo is None:
        return instant
    return instant.astimezone(UTC).replace(tzinfo=None)
