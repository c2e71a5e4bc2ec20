"""Earlier states: which run published one, and where it is built again without touching readers.

A run for an earlier `as_of`, or with less knowledge, than what readers see loads nothing and publishes
into a folder of its own. The same two instants over the same landing give the same bytes.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from orchestration.instants import parse_instant
from orchestration.publishing.catalog import Release, list_releases
from orchestration.publishing.manifest import META_TABLE
from orchestration.runs import RunRecord, RunRecordError, load_record, run_ids
from orchestration.settings import Settings

# Row hashes are DuckDB's own; another version may hash otherwise.
CHECKSUMS_BY = f"DuckDB {duckdb.__version__}"

FOLDER = "rebuilds"


class RebuildSettings(Settings):
    """Settings of a run that builds an earlier state: the company's landing, a place of its own.

    Attributes:
        rebuild_dir: Folder of the run's warehouse and release.
    """

    rebuild_dir: Path

    @property
    def warehouse_path(self) -> Path:
        """The DuckDB file that dbt builds, under the name that views expect."""
        return self.rebuild_dir / "warehouse" / super().warehouse_path.name

    @property
    def releases_dir(self) -> Path:
        """The one release of the run and the link to it."""
        return self.rebuild_dir

    @property
    def company_warehouse_path(self) -> Path:
        """The nightly's warehouse, which keeps the health scores that were published."""
        return super().warehouse_path

    @property
    def company_releases_dir(self) -> Path:
        """The releases that readers look at."""
        return super().releases_dir


def rebuild_settings(settings: Settings, run_id: str) -> RebuildSettings:
    """The settings of a rebuild, apart from everything that readers see."""
    return RebuildSettings(**settings.model_dump(), rebuild_dir=settings.data_dir / FOLDER / run_id)


def readers_releases_dir(settings: Settings) -> Path:
    """Where the release lies that readers see, whatever kind of run asks."""
    if isinstance(settings, RebuildSettings):
        return settings.company_releases_dir
    return settings.releases_dir


def is_earlier(current: Release | None, as_of: datetime | None, known_at: datetime | None) -> bool:
    """Whether what was asked for lies before what readers see.

    Args:
        current: The release that readers see.
        as_of: End of what is measured, if it was asked for.
        known_at: Instant up to which rows are read, if it was asked for.
    """
    if current is None:
        return False
    seen_as_of, seen_known_at = (_instant(current, name) for name in ("as_of", "known_at"))
    return (as_of is not None and as_of < seen_as_of) or (
        known_at is not None and known_at < seen_known_at
    )


def published_as_of(
    runs_dir: Path, source: str, as_of: datetime, known_at: datetime | None
) -> RunRecord | None:
    """The last run that published this state, or None when none did.

    Args:
        runs_dir: Folder of the runs.
        source: Source setting.
        as_of: End of what was measured.
        known_at: Instant up to which rows were read; None: whichever.
    """
    for run_id in run_ids(runs_dir):
        record = load_record(runs_dir, run_id)
        if (
            record.status == "succeeded"
            and not record.is_rebuild
            and (record.source, record.as_of) == (source, as_of)
            and known_at in {None, record.known_at}
        ):
            return record
    return None


def last_seen(settings: Settings) -> datetime | None:
    """Up to when published runs have read their source; None before the first release.

    A delivery that says it was made before, but is met only now, was not known to them.
    """
    seen = []
    for release in list_releases(settings.releases_dir):
        known_at = _instant(release, "known_at")
        try:
            until = load_record(settings.runs_dir, release.run_id).until
        except RunRecordError:  # its folder was removed: then nothing is known of an `until`
            until = None
        seen.append(min(known_at, until or known_at))
    return max(seen, default=None)


def differences(
    before: RunRecord, tables: Mapping[str, Mapping[str, Any]], code_version: str
) -> list[str]:
    """Sentences about tables that are not what a run published, and about what else differs.

    Args:
        before: The run that published this state.
        tables: Rows and checksum of each table now.
        code_version: Version of the project now.
    """
    facts = before.facts_of("release")
    then = facts.get("checksums")
    if then is None:
        return [f"{before.run_id} kept no checksums, so nothing can be compared with it."]
    taken_by = facts.get("checksums_by", "an earlier version")
    if taken_by != CHECKSUMS_BY:
        told = f"{before.run_id} took its checksums with {taken_by}, this run with {CHECKSUMS_BY}"
        return [f"{told}: nothing can be compared."]
    now = checksums(tables)
    names = sorted(name for name in {*then, *now} if then.get(name) != now.get(name))
    if not names:
        return []
    found = [f"Not what {before.run_id} published: {', '.join(names)}."]
    if facts["code_version"] != code_version:
        found.append(f"The project was {facts['code_version']} then and is {code_version} now.")
    return found


def checksums(tables: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Checksums of the tables of a release that say something about the company."""
    return {name: table["checksum"] for name, table in tables.items() if name != META_TABLE}


def remove_warehouse(settings: RebuildSettings) -> None:
    """Leave nothing of a rebuild but its release."""
    shutil.rmtree(settings.warehouse_path.parent)


def _instant(release: Release, name: str) -> datetime:
    return parse_instant(release.manifest[name])
