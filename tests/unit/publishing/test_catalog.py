"""Listing, rolling back and pruning releases."""

from __future__ import annotations

import os
import stat

import pytest

from orchestration.publishing.catalog import list_releases, prune, rollback
from orchestration.publishing.current_link import only_publisher
from orchestration.publishing.errors import PublishingError
from tests.unit.publishing.small_warehouse import build


def names(root):
    return [release.run_id for release in list_releases(root / "releases")]


def test_list_is_newest_first_and_marks_current(root, publish_run):
    assert names(root) == []
    for run_id in ("r9", "r10"):
        publish_run(run_id)
    listed = list_releases(root / "releases")
    assert [(r.run_id, r.is_current) for r in listed] == [("r10", True), ("r9", False)]


def test_files_and_folders_are_read_only(publish_run):
    release = publish_run("r1")
    for path in (release.path, *release.path.rglob("*")):
        assert not stat.S_IMODE(path.stat().st_mode) & 0o222, path


def test_link_is_relative_so_that_the_folder_can_move(root, publish_run, tmp_path, read):
    publish_run("r1")
    (root / "releases").rename(tmp_path / "elsewhere")
    database = tmp_path / "elsewhere" / "current" / "tenure_bi.duckdb"
    assert read(database, "select run_id from marts.meta_refresh") == [("r1",)]


def test_rollback_goes_to_the_release_before_and_on(root, publish_run):
    for run_id in ("r1", "r2", "r3"):
        publish_run(run_id)
    assert rollback(root / "releases").run_id == "r2"
    assert rollback(root / "releases").run_id == "r1"
    with pytest.raises(PublishingError, match="first release"):
        rollback(root / "releases")
    assert rollback(root / "releases", "r3").run_id == "r3"
    assert (root / "releases" / "current").readlink().name == "r3"


def test_previous_is_what_readers_saw_not_the_number_before(root, publish_run):
    for run_id in ("r1", "r2"):
        publish_run(run_id)
    rollback(root / "releases")
    publish_run("r3")
    assert rollback(root / "releases").run_id == "r1"


@pytest.mark.parametrize(
    ("run_id", "message"),
    [
        ("r7", "no release r7. Available: r1, r2"),
        ("r2", "already"),
        ("../r1", "cannot name a release"),
        ("current", "cannot name a release"),
        ("", "cannot name a release"),
    ],
)
def test_rollback_errors_change_nothing(root, publish_run, run_id, message):
    publish_run("r1")
    publish_run("r2")
    with pytest.raises(PublishingError, match=message):
        rollback(root / "releases", run_id)
    assert (root / "releases" / "current").readlink().name == "r2"


def test_rollback_before_the_first_release(tmp_path):
    with pytest.raises(PublishingError, match="nothing was published yet"):
        rollback(tmp_path / "releases")
    (tmp_path / "releases").mkdir()
    with pytest.raises(PublishingError, match="nothing to roll back to"):
        rollback(tmp_path / "releases")


def test_rollback_to_a_damaged_release_is_refused(root, publish_run):
    release = publish_run("r1")
    publish_run("r2")
    file = release.path / "parquet" / "dim_customers.parquet"
    file.chmod(0o644)
    with file.open("r+b") as handle:
        handle.write(b"XXXX")
    with pytest.raises(PublishingError, match=r"damaged \(parquet/dim_customers.parquet\)"):
        rollback(root / "releases")
    assert (root / "releases" / "current").readlink().name == "r2"


def test_last_three_are_kept(root, publish_run):
    for number in range(1, 6):
        publish_run(f"r{number}")
    assert names(root) == ["r5", "r4", "r3"]


def test_current_is_never_pruned_however_old(root, publish_run):
    for number in range(1, 5):
        publish_run(f"r{number}", keep=4)
    rollback(root / "releases", "r1")
    with only_publisher(root / "releases"):
        assert prune(root / "releases", 3) == ["r2"]
    assert names(root) == ["r4", "r3", "r1"]


def test_incoming_release_survives_an_odd_clock(root, publish_run):
    for number in range(10, 13):
        publish_run(f"r{number}")
    assert publish_run("r1").is_current
    assert set(names(root)) == {"r12", "r11", "r1"}


def test_same_run_is_not_published_twice(root, publish_run):
    publish_run("r1")
    with pytest.raises(PublishingError, match="published already"):
        publish_run("r1")


def test_two_publishers_at_once_are_refused(root, publish_run):
    (root / "releases").mkdir()
    with only_publisher(root / "releases"), pytest.raises(PublishingError, match="Another process"):
        publish_run("r1")
    assert publish_run("r1").is_current


def test_dangling_link_is_explained_and_can_be_repaired(root, publish_run):
    publish_run("r1")
    link = root / "releases" / "current"
    link.unlink()
    link.symlink_to("r0")
    with pytest.raises(PublishingError, match=r"not a release. Roll back .* Available: r1"):
        publish_run("r2")
    assert rollback(root / "releases", "r1").is_current
    assert publish_run("r2").is_current


def test_folder_in_the_place_of_the_link_is_not_touched(root, publish_run):
    (root / "releases" / "current").mkdir(parents=True)
    with pytest.raises(PublishingError, match="is not a link"):
        publish_run("r1")
    assert (root / "releases" / "current").is_dir()


def test_open_reader_keeps_its_release(root, publish_run):
    publish_run("r1")
    folder = os.open(root / "releases" / "current", os.O_RDONLY)
    build(root / "warehouse" / "tenure.duckdb", mark=2)
    publish_run("r2")
    try:
        assert os.stat("manifest.json", dir_fd=folder).st_size > 0
    finally:
        os.close(folder)
