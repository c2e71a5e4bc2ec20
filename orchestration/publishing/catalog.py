"""The releases that exist: listing, rolling back, keeping the last few."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orchestration.publishing.current_link import (
    current_run_id,
    only_publisher,
    point_current,
    retire,
)
from orchestration.publishing.errors import PublishingError
from orchestration.publishing.layout import (
    CURRENT,
    DATABASE_NAME,
    available,
    check_run_id,
    finished_releases,
    release_dir,
)
from orchestration.publishing.manifest import damaged_files, read_manifest

PREVIOUS = "previous"
FEWEST_KEPT = 3


@dataclass(frozen=True)
class Release:
    """One finished release.

    Attributes:
        run_id: Run that made it.
        path: Its folder.
        is_current: Whether readers see it.
        manifest: Content of its `manifest.json`.
    """

    run_id: str
    path: Path
    is_current: bool
    manifest: dict[str, Any]

    @property
    def database(self) -> Path:
        """The DuckDB file for BI tools."""
        return self.path / DATABASE_NAME

    @property
    def published_at(self) -> str:
        """Instant of publishing (UTC, sortable text)."""
        return str(self.manifest["published_at"])


def list_releases(releases_dir: Path) -> list[Release]:
    """Return the finished releases, newest first."""
    current = current_run_id(releases_dir)
    releases = [
        Release(path.name, path, path.name == current, read_manifest(path))
        for path in finished_releases(releases_dir)
    ]
    return sorted(
        releases, key=lambda release: (release.published_at, release.run_id), reverse=True
    )


def current_release(releases_dir: Path) -> Release | None:
    """Return the release that readers see, or None before the first."""
    run_id = current_run_id(releases_dir)
    if run_id is None:
        return None
    path = release_dir(releases_dir, run_id)
    return Release(run_id, path, is_current=True, manifest=read_manifest(path))


def rollback(releases_dir: Path, run_id: str = PREVIOUS) -> Release:
    """Point readers to another release: one by name, or the one that was current before.

    Raises:
        PublishingError: There is no such release, it is current already, or it is damaged.
    """
    if not releases_dir.is_dir():
        raise PublishingError(f"{releases_dir} does not exist: nothing was published yet.")
    with only_publisher(releases_dir):
        if run_id == PREVIOUS:
            run_id = _previous_run_id(releases_dir)
        path = release_dir(releases_dir, check_run_id(run_id))
        if path not in finished_releases(releases_dir):
            raise PublishingError(f"There is no release {run_id}. {available(releases_dir)}")
        if (releases_dir / CURRENT).resolve() == path.resolve():
            raise PublishingError(f"Readers are on {run_id} already; nothing was changed.")
        damaged = damaged_files(path)
        if damaged:
            raise PublishingError(
                f"Release {run_id} is damaged ({', '.join(damaged)}); readers stay where they are. "
                f"{available(releases_dir)}"
            )
        point_current(releases_dir, run_id)
        return Release(run_id, path, is_current=True, manifest=read_manifest(path))


def prune(releases_dir: Path, keep: int, *, incoming: str | None = None) -> list[str]:
    """Remove all but the newest `keep` releases and return what went.

    Never removed: the current one and the incoming one, which is about to replace it. The caller
    holds the publisher's lock.
    """
    if keep < FEWEST_KEPT:
        raise PublishingError(
            f"At least {FEWEST_KEPT} releases are kept, so that readers of the last ones and "
            f"rollback keep working; {keep} was asked for."
        )
    releases = list_releases(releases_dir)
    protected = [
        release for release in releases if release.is_current or release.run_id == incoming
    ]
    others = [release for release in releases if release not in protected]
    gone = [release.run_id for release in others[keep - len(protected) :]]
    retire(releases_dir, gone)
    return gone


def _previous_run_id(releases_dir: Path) -> str:
    current = current_release(releases_dir)
    if current is None:
        raise PublishingError("Nothing was published yet, so there is nothing to roll back to.")
    previous = current.manifest["previous_run_id"]
    if previous is None:
        raise PublishingError(f"{current.run_id} is the first release; there is none before it.")
    return str(previous)
