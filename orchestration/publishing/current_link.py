"""The link `current` and what may happen to it: sealing, swapping in, rolling back, pruning.

A release becomes visible by one atomic rename of a link. Whatever happens before that, kill -9
included, leaves readers where they were. POSIX only.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from orchestration.publishing.errors import PublishingError
from orchestration.publishing.layout import (
    CURRENT,
    MANIFEST_NAME,
    RETIRED_PREFIX,
    STAGING_PREFIX,
    available,
    release_dir,
)

_LINK_PREFIX = ".current-"


@contextmanager
def only_publisher(releases_dir: Path) -> Iterator[None]:
    """Hold the folder's lock; the kernel drops it with the process, however that ends."""
    releases_dir.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(releases_dir, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise PublishingError(
                f"Another process is publishing to {releases_dir}; wait until it is done."
            ) from error
        yield
    finally:
        os.close(descriptor)


def current_run_id(releases_dir: Path) -> str | None:
    """Run that readers see, or None before the first release."""
    link = releases_dir / CURRENT
    if not link.is_symlink():
        if link.exists():
            raise PublishingError(f"{link} is not a link. Move it away, then publish again.")
        return None
    target = link.readlink()
    if len(target.parts) != 1:
        raise PublishingError(
            f"{link} leads to {target}, which is not a folder beside it. Roll back to a release "
            f"by name. {available(releases_dir)}"
        )
    if not (releases_dir / target / MANIFEST_NAME).is_file():
        raise PublishingError(
            f"{link} leads to {target}, which is not a release. Roll back to one by name. "
            f"{available(releases_dir)}"
        )
    return target.name


def seal(staging: Path) -> None:
    """Make every file read-only and durable, then every folder, innermost first."""
    folders = [staging]
    for path in sorted(staging.rglob("*")):
        if path.is_dir():
            folders.append(path)
        else:
            path.chmod(0o444)
            _fsync(path)
    for folder in sorted(folders, key=lambda path: len(path.parts), reverse=True):
        if folder != staging:  # renaming a read-only folder is refused on some systems
            folder.chmod(0o555)
        _fsync(folder)


def promote(staging: Path, releases_dir: Path, run_id: str) -> Path:
    """Give the sealed folder its final name."""
    target = release_dir(releases_dir, run_id)
    staging.rename(target)
    target.chmod(0o555)
    _fsync(releases_dir)
    return target


def point_current(releases_dir: Path, run_id: str) -> None:
    """Replace the link in one step; readers see the old or the new release, never neither."""
    link = releases_dir / f"{_LINK_PREFIX}{run_id}"
    link.unlink(missing_ok=True)
    link.symlink_to(run_id, target_is_directory=True)
    link.replace(releases_dir / CURRENT)
    _fsync(releases_dir)


def remove_leftovers(releases_dir: Path) -> list[str]:
    """Remove what publishers that were killed left behind, and return its names."""
    removed = []
    for path in sorted(releases_dir.iterdir()):
        if path.name.startswith(_LINK_PREFIX) and path.is_symlink():
            path.unlink()
        elif path.name.startswith((STAGING_PREFIX, RETIRED_PREFIX)) and path.is_dir():
            _remove_folder(path)
        else:
            continue
        removed.append(path.name)
    return removed


def retire(releases_dir: Path, run_ids: Sequence[str]) -> None:
    """Remove releases; each vanishes in one step, so that nobody meets half of one."""
    for run_id in run_ids:
        hidden = releases_dir / f"{RETIRED_PREFIX}{run_id}"
        folder = release_dir(releases_dir, run_id)
        folder.chmod(0o755)
        folder.rename(hidden)
        _remove_folder(hidden)


def _remove_folder(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        if path.is_dir() and not path.is_symlink():
            path.chmod(0o755)
    shutil.rmtree(folder)


def _fsync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
