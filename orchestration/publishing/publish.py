"""Publishing: stage, audit, seal, swap. Start reading here.

Nothing that readers look at is touched before the last step, which is one atomic rename.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from orchestration.publishing.audit import audit_staged_copy
from orchestration.publishing.catalog import FEWEST_KEPT, Release, current_release, prune
from orchestration.publishing.current_link import (
    only_publisher,
    point_current,
    promote,
    remove_leftovers,
    retire,
    seal,
)
from orchestration.publishing.errors import AuditFailedError, PublishingError
from orchestration.publishing.layout import (
    DATABASE_NAME,
    finished_releases,
    release_dir,
    staging_dir,
)
from orchestration.publishing.manifest import (
    ReleaseContent,
    read_manifest,
    write_manifest,
    write_meta_refresh,
)
from orchestration.publishing.request import ReleaseRequest
from orchestration.publishing.staged_copy import (
    RELEASE,
    PublishedTable,
    copy_tables,
    open_staged,
    write_parquet,
)

CompareReleases = Callable[[Path, Path], Sequence[Mapping[str, Any]]]
AddParts = Callable[[Path], None]


def publish(
    request: ReleaseRequest,
    *,
    compare: CompareReleases,
    add_parts: Sequence[AddParts] = (),
) -> Release:
    """Make a release from the warehouse and let readers see it.

    Args:
        request: What to publish and where.
        compare: Called with the staged database and the one that readers see now; returns the
            restated closed periods, each with its cause, or raises when one has none. Not called
            for the first release.
        add_parts: Called with the staged folder after the audit; each may add files (the report).

    Returns:
        The release that readers see from now on.

    Raises:
        AuditFailedError: The staged copy is not fit to publish.
        PublishingError: Anything else that is in the way. `current` is as it was in every case.
    """
    if request.keep < FEWEST_KEPT:
        raise PublishingError(f"keep is {request.keep}; at least {FEWEST_KEPT} releases are kept.")
    run_id = request.run.run_id
    releases_dir = request.releases_dir
    with only_publisher(releases_dir):
        remove_leftovers(releases_dir)
        previous = current_release(releases_dir)
        _make_room(releases_dir, run_id, previous)
        staging = staging_dir(releases_dir, run_id)
        try:
            _stage(request, staging, previous, compare, add_parts)
            seal(staging)
            path = promote(staging, releases_dir, run_id)
        except BaseException:
            remove_leftovers(releases_dir)
            raise
        # Pruning comes first: once the link is replaced, nothing can fail any more.
        prune(releases_dir, request.keep, incoming=run_id)
        point_current(releases_dir, run_id)
        return Release(run_id, path, is_current=True, manifest=read_manifest(path))


def _make_room(releases_dir: Path, run_id: str, previous: Release | None) -> None:
    """A release of this run that readers never saw was cut off before the swap: make it anew."""
    if previous is not None and previous.run_id == run_id:
        raise PublishingError(
            f"Run {run_id} is published already and readers are on it; start a new run instead."
        )
    target = release_dir(releases_dir, run_id)
    if target in finished_releases(releases_dir):
        retire(releases_dir, [run_id])
    elif target.exists():
        raise PublishingError(f"{target} exists and is not a release. Move it away.")


def _stage(
    request: ReleaseRequest,
    staging: Path,
    previous: Release | None,
    compare: CompareReleases,
    add_parts: Sequence[AddParts],
) -> None:
    """Fill the staged folder and audit it; the manifest is written last."""
    staging.mkdir()
    previous_run_id = previous.run_id if previous else None
    tables = _stage_tables(request, staging, previous)
    restatements = compare(staging / DATABASE_NAME, previous.database) if previous else ()
    without_cause = [dict(change) for change in restatements if not change.get("cause")]
    if without_cause:
        raise AuditFailedError(
            request.run.run_id, [f"restated without a cause: {change}" for change in without_cause]
        )
    for add_part in add_parts:
        add_part(staging)
    content = ReleaseContent(tables, restatements, previous_run_id, request.personal_data)
    write_manifest(staging, request.run, content)


def _stage_tables(
    request: ReleaseRequest, staging: Path, previous: Release | None
) -> list[PublishedTable]:
    """Copy the tables, audit the copy and close the file so that nothing of it is outside it."""
    with open_staged(request, staging) as connection:
        copy_tables(connection, request)
        write_meta_refresh(
            connection,
            request.run,
            previous.run_id if previous else None,
            request.personal_data,
        )
        tables = write_parquet(connection, staging)
        before = previous.manifest["tables"] if previous else {}
        failures = audit_staged_copy(connection, request, tables, before)
        if failures:
            raise AuditFailedError(request.run.run_id, failures)
        connection.execute(f"checkpoint {RELEASE}")
        connection.execute(f"detach {RELEASE}")
    leftover = staging / f"{DATABASE_NAME}.wal"
    if leftover.exists():
        raise PublishingError(f"{leftover} is left: the staged file is not complete by itself.")
    return tables
