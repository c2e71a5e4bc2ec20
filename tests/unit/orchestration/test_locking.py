"""One run per data directory, whoever dies and however."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from orchestration.locking import LOCK_NAME, RunLockedError, current_holder, only_run

STARTED = datetime(2026, 11, 21, 2, 14, tzinfo=UTC)


def in_another_process(code: str, data_dir: Path) -> subprocess.CompletedProcess[str]:
    program = "import sys; from pathlib import Path; from datetime import UTC, datetime\n"
    program += "from orchestration.locking import *\n" + code
    return subprocess.run(
        [sys.executable, "-c", program, str(data_dir)], capture_output=True, text=True, check=False
    )


def test_the_second_run_is_told_who_holds_the_lock(tmp_path: Path) -> None:
    with only_run(tmp_path, "tenure run --as-of 2026-11-20", STARTED):
        with pytest.raises(RunLockedError) as caught, only_run(tmp_path, "tenure run", STARTED):
            pass
        holder = current_holder(tmp_path)
    assert holder is not None
    assert holder.pid == os.getpid()
    assert "tenure run --as-of 2026-11-20" in str(caught.value)
    assert str(os.getpid()) in str(caught.value)
    assert "2026-11-21T02:14:00" in str(caught.value)


def test_another_process_is_refused_too(tmp_path: Path) -> None:
    with only_run(tmp_path, "tenure run", STARTED):
        done = in_another_process(
            "with only_run(Path(sys.argv[1]), 'x', datetime.now(UTC)): pass", tmp_path
        )
    assert done.returncode != 0
    assert "RunLockedError" in done.stderr


def test_the_lock_is_free_after_the_run(tmp_path: Path) -> None:
    with only_run(tmp_path, "tenure run", STARTED):
        pass
    assert current_holder(tmp_path) is None
    with only_run(tmp_path, "tenure run", STARTED) as held:
        assert held.left_by is None


def test_the_lock_is_free_after_an_error(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), only_run(tmp_path, "tenure run", STARTED):
        raise ZeroDivisionError
    with only_run(tmp_path, "tenure run", STARTED) as held:
        assert held.left_by is None


def test_the_lock_of_a_killed_run_is_taken_over_and_its_holder_named(tmp_path: Path) -> None:
    killed = in_another_process(
        "import os\nwith only_run(Path(sys.argv[1]), 'tenure run --strict', datetime.now(UTC)):\n"
        "    os.kill(os.getpid(), 9)",
        tmp_path,
    )
    assert killed.returncode == -9
    assert current_holder(tmp_path) is None
    with only_run(tmp_path, "tenure run", STARTED) as held:
        assert held.left_by is not None
        assert held.left_by.command == "tenure run --strict"


def test_a_child_that_inherits_the_lock_keeps_it_after_the_run_was_killed(tmp_path: Path) -> None:
    """A dbt process that survives its run would otherwise write beside the next one."""
    killed = in_another_process(
        "import os, subprocess\n"
        "with only_run(Path(sys.argv[1]), 'tenure run', datetime.now(UTC)) as held:\n"
        "    child = subprocess.Popen(['sleep', '30'], pass_fds=(held.descriptor,),\n"
        "        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)\n"
        "    print(child.pid, flush=True)\n"
        "    os.kill(os.getpid(), 9)",
        tmp_path,
    )
    child = int(killed.stdout)
    try:
        with pytest.raises(RunLockedError), only_run(tmp_path, "tenure run", STARTED):
            pass
    finally:
        os.kill(child, 9)


@pytest.mark.parametrize("content", ["", "not json", "[]", '{"pid": 1}'])
def test_a_damaged_lock_file_does_not_stop_a_run(tmp_path: Path, content: str) -> None:
    (tmp_path / LOCK_NAME).write_text(content, encoding="utf-8")
    with only_run(tmp_path, "tenure run", STARTED) as held:
        assert held.left_by is None
        written = json.loads((tmp_path / LOCK_NAME).read_text(encoding="utf-8"))
    assert written["command"] == "tenure run"
