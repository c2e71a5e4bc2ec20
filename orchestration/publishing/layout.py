"""Names and places inside `releases/`, and what of them is a release.

Paths only; who creates, swaps or removes them is `publish.py` and `current_link.py`.
"""

from __future__ import annotations

import re
from pathlib import Path

from orchestration.publishing.errors import PublishingError

CURRENT = "current"
DATABASE_NAME = "tenure_bi.duckdb"
MANIFEST_NAME = "manifest.json"
PARQUET_FOLDER = "parquet"
# DuckDB says "ambiguous reference" when a file is named like the schema inside it.
SCHEMA = "marts"
STAGING_PREFIX = ".staging-"
RETIRED_PREFIX = ".retired-"

_RUN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")
_TABLE_NAME = re.compile(r"[a-z0-9][a-z0-9_]{0,99}")


def check_run_id(run_id: str) -> str:
    """Return the run id, or say why it cannot name a folder."""
    if not _RUN_ID.fullmatch(run_id) or run_id == CURRENT:
        raise PublishingError(
            f"{run_id!r} cannot name a release: use letters, digits, '_', '-' and '.' "
            f"(at most 100, starting with a letter or digit), and not {CURRENT!r}."
        )
    return run_id


def check_table_name(table: str) -> str:
    """Return the table name, or say why it cannot name a Parquet file."""
    if not _TABLE_NAME.fullmatch(table):
        raise PublishingError(
            f"Table {table!r} cannot be published: its name becomes a file name, so it takes "
            "lower-case letters, digits and '_' only. Rename the model."
        )
    return table


def staging_dir(releases_dir: Path, run_id: str) -> Path:
    """Folder in which a release is prepared; readers never look at it."""
    return releases_dir / f"{STAGING_PREFIX}{check_run_id(run_id)}"


def release_dir(releases_dir: Path, run_id: str) -> Path:
    """Folder of a finished release."""
    return releases_dir / check_run_id(run_id)


def available(releases_dir: Path) -> str:
    """Say which releases there are, for the end of an error message."""
    names = [path.name for path in finished_releases(releases_dir)]
    return f"Available: {', '.join(names) or 'none'}."


def finished_releases(releases_dir: Path) -> list[Path]:
    """Folders that hold a finished release, by name."""
    if not releases_dir.is_dir():
        return []
    return sorted(
        path
        for path in releases_dir.iterdir()
        if not path.is_symlink()
        and _RUN_ID.fullmatch(path.name)
        and (path / MANIFEST_NAME).is_file()
    )
