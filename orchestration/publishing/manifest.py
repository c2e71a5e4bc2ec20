"""The manifest of a release: which run it is, what is in it, and what was checked.

`manifest.json` is the file's form, `marts.meta_refresh` the part that SQL readers see.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from data_quality.quoting import literal
from orchestration.publishing.errors import PublishingError
from orchestration.publishing.layout import MANIFEST_NAME, SCHEMA
from orchestration.publishing.request import PersonalData, RunFacts, naive_utc
from orchestration.publishing.staged_copy import RELEASE, PublishedTable

FORMAT_VERSION = 1
META_TABLE = "meta_refresh"
_META_COLUMNS = {
    "run_id": ("varchar", "Name of the run that made this release."),
    "as_of": ("timestamp", "Exclusive end of what is measured (UTC)."),
    "known_at": ("timestamp", "Only rows loaded up to this instant were read (UTC)."),
    "data_through": ("date", "Last complete day in the numbers."),
    "published_at": ("timestamp", "When this release was published (UTC)."),
    "code_version": ("varchar", "Version or commit of the project."),
    "personal_data": ("varchar", "What happened to personal columns: omit, hash or include."),
    "previous_run_id": ("varchar", "Release that readers saw before; empty for the first."),
}


@dataclass(frozen=True)
class ReleaseContent:
    """What was put into a release, for its manifest.

    Attributes:
        tables: Rows and checksum of each table.
        restatements: Closed periods whose values changed, each with its cause.
        previous_run_id: Release that readers saw before.
        personal_data: What happened to personal columns.
    """

    tables: Sequence[PublishedTable]
    restatements: Sequence[Mapping[str, Any]]
    previous_run_id: str | None
    personal_data: PersonalData


def write_meta_refresh(
    connection: duckdb.DuckDBPyConnection,
    run: RunFacts,
    previous_run_id: str | None,
    personal_data: PersonalData,
) -> None:
    """Create the one-row table that says which run the reader is looking at."""
    target = f"{RELEASE}.{SCHEMA}.{META_TABLE}"
    existing = connection.execute(
        "select 1 from duckdb_tables() where database_name = ? and table_name = ?",
        [RELEASE, META_TABLE],
    ).fetchone()
    if existing:
        raise PublishingError(f"A model is named {META_TABLE}, which the release itself writes.")
    columns = ", ".join(f"{name} {kind}" for name, (kind, _) in _META_COLUMNS.items())
    connection.execute(f"create table {target} ({columns})")
    connection.execute(
        f"insert into {target} values ({', '.join('?' for _ in _META_COLUMNS)})",
        [
            run.run_id,
            naive_utc(run.as_of),
            naive_utc(run.known_at),
            run.data_through,
            naive_utc(run.published_at),
            run.code_version,
            personal_data,
            previous_run_id,
        ],
    )
    connection.execute(
        f"comment on table {target} is {literal('One row: the run that made this release.')}"
    )
    for name, (_, text) in _META_COLUMNS.items():
        connection.execute(f"comment on column {target}.{name} is {literal(text)}")


def write_manifest(staging: Path, run: RunFacts, content: ReleaseContent) -> None:
    """Write `manifest.json`, with size and SHA-256 of every file beside it."""
    manifest = {
        "format_version": FORMAT_VERSION,
        "run_id": run.run_id,
        "as_of": _instant(run.as_of),
        "known_at": _instant(run.known_at),
        "data_through": run.data_through.isoformat(),
        "published_at": _instant(run.published_at),
        "code_version": run.code_version,
        "previous_run_id": content.previous_run_id,
        "personal_data": content.personal_data,
        "policy": dict(run.policy),
        "checks": dict(run.checks),
        "restatements": [dict(restatement) for restatement in content.restatements],
        "tables": {
            table.name: {"rows": table.rows, "checksum": table.checksum} for table in content.tables
        },
        "files": {
            path.relative_to(staging).as_posix(): {
                "bytes": path.stat().st_size,
                "sha256": _sha256(path),
            }
            for path in sorted(staging.rglob("*"))
            if path.is_file()
        },
    }
    text = json.dumps(manifest, indent=2, ensure_ascii=False, default=_plain)
    (staging / MANIFEST_NAME).write_text(text + "\n", encoding="utf-8")


def read_manifest(release: Path) -> dict[str, Any]:
    """Read the manifest of a finished release."""
    path = release / MANIFEST_NAME
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise PublishingError(f"{path} is missing: {release.name} is not a release.") from error
    except ValueError as error:
        raise PublishingError(
            f"{path} is not readable as JSON ({error}). Roll back to another release."
        ) from error
    if not isinstance(manifest, dict) or manifest.get("format_version") != FORMAT_VERSION:
        raise PublishingError(
            f"{path} has a format that this version does not know (expected {FORMAT_VERSION})."
        )
    return manifest


def damaged_files(release: Path) -> list[str]:
    """Files of a release that are missing or differ from their SHA-256 in the manifest."""
    return [
        name
        for name, facts in read_manifest(release)["files"].items()
        if not (release / name).is_file() or _sha256(release / name) != facts["sha256"]
    ]


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _instant(instant: datetime) -> str:
    return naive_utc(instant).isoformat(sep=" ") + "Z"


def _plain(value: object) -> str:
    """Turn dates and exact numbers in policy or restatements into text."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"{type(value).__name__} does not fit into a manifest: {value!r}")
