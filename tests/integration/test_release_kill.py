"""A publisher that is killed at any step leaves readers where they were, and the next one cleans up."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from orchestration.publishing.catalog import list_releases
from orchestration.publishing.manifest import damaged_files
from orchestration.publishing.publish import publish
from tests.unit.publishing.small_warehouse import build, nothing_restated, request_for

pytestmark = pytest.mark.slow

PROJECT = Path(__file__).resolve().parents[2]
PUBLISHER = """
import importlib, os, signal, sys
from pathlib import Path
from tests.unit.publishing.small_warehouse import nothing_restated, request_for

root, module, name, when = Path(sys.argv[1]), *sys.argv[2:]
publishing = importlib.import_module("orchestration.publishing.publish")
owner = importlib.import_module(module)
if "." in name:
    owner, name = getattr(owner, name.split(".")[0]), name.split(".")[1]
step = getattr(owner, name)

def killed(*args, **kwargs):
    if when == "after":
        step(*args, **kwargs)
    os.kill(os.getpid(), signal.SIGKILL)

setattr(owner, name, killed)
publishing.publish(request_for(root, "r2"), compare=nothing_restated)
"""
PUBLISH = "orchestration.publishing.publish"
LINK = "orchestration.publishing.current_link"
STEPS = [
    (PUBLISH, "copy_tables", "before", "r1"),
    (PUBLISH, "write_parquet", "before", "r1"),
    (PUBLISH, "audit_staged_copy", "after", "r1"),
    (PUBLISH, "write_manifest", "before", "r1"),
    (PUBLISH, "write_manifest", "after", "r1"),
    (PUBLISH, "seal", "after", "r1"),
    (LINK, "Path.rename", "after", "r1"),
    (PUBLISH, "prune", "after", "r1"),
    (LINK, "Path.symlink_to", "after", "r1"),
    (LINK, "Path.replace", "before", "r1"),
    (LINK, "Path.replace", "after", "r2"),
    (PUBLISH, "point_current", "after", "r2"),
]


@pytest.mark.parametrize(("module", "name", "when", "readers_on"), STEPS)
def test_kill_9(tmp_path: Path, module: str, name: str, when: str, readers_on: str):
    build(tmp_path / "warehouse" / "tenure.duckdb", customers=200)
    publish(request_for(tmp_path, "r1"), compare=nothing_restated)
    releases = tmp_path / "releases"
    child = subprocess.run(
        [sys.executable, "-c", PUBLISHER, str(tmp_path), module, name, when],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert child.returncode == -signal.SIGKILL, child.stderr
    assert _run_seen(releases) == readers_on
    assert damaged_files(releases / "current") == []

    next_run = "r2" if readers_on == "r1" else "r3"
    publish(request_for(tmp_path, next_run), compare=nothing_restated)
    assert _run_seen(releases) == next_run
    assert sorted(path.name for path in releases.iterdir()) == sorted(
        {"current", "r1", "r2", next_run}
    )
    assert all(damaged_files(release.path) == [] for release in list_releases(releases))


def _run_seen(releases: Path) -> str:
    path = releases / "current" / "tenure_bi.duckdb"
    with duckdb.connect(str(path), read_only=True) as connection:
        [(run_id,)] = connection.execute("select run_id from marts.meta_refresh").fetchall()
    return str(run_id)
