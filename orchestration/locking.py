"""One writer per data directory: the lock that a run holds from its start to its end.

The kernel drops the lock with the process that holds it, so nothing is ever left behind to remove
by hand. Works on local POSIX file systems. What a run does while it holds the lock is not known here.
"""

from __future__ import annotations

import fcntl
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

LOCK_NAME = "run.lock"


@dataclass(frozen=True, kw_only=True)
class Holder:
    """Who holds the lock: enough for a person to find the process."""

    pid: int
    host: str
    command: str
    started_at: str


class RunLockedError(Exception):
    """Another run holds the lock of this data directory.

    Attributes:
        holder: Who holds it; None when the holder has not written its name yet.
    """

    def __init__(self, data_dir: Path, holder: Holder | None) -> None:
        self.holder = holder
        who = (
            f"'{holder.command}' (process {holder.pid} on {holder.host}, since {holder.started_at})"
            if holder
            else "another run that has just started"
        )
        super().__init__(
            f"{data_dir} is in use by {who}. Wait until it ends; `tenure status` shows it."
        )


@dataclass(frozen=True)
class HeldLock:
    """A lock that is held.

    Attributes:
        descriptor: File descriptor of the lock. A child process that inherits it keeps the data
            directory locked until it has ended too, even when the run itself was killed.
        left_by: Who held it before and ended without a word (killed, or the machine went down).
    """

    descriptor: int
    left_by: Holder | None


@contextmanager
def only_run(data_dir: Path, command: str, started_at: datetime) -> Iterator[HeldLock]:
    """Hold the lock of a data directory.

    Args:
        data_dir: The directory; made when missing.
        command: What runs, in the words of the command line.
        started_at: Start of the run.

    Raises:
        RunLockedError: Another process holds it.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    path = data_dir / LOCK_NAME
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RunLockedError(data_dir, _read(path)) from None
        left_by = _read(path)
        holder = Holder(
            pid=os.getpid(),
            host=socket.gethostname(),
            command=command,
            started_at=started_at.isoformat(timespec="seconds"),
        )
        _write(descriptor, json.dumps(asdict(holder)).encode())
        try:
            yield HeldLock(descriptor, left_by)
        finally:
            _write(descriptor, b"")
    finally:
        os.close(descriptor)


def current_holder(data_dir: Path) -> Holder | None:
    """Who holds the lock right now, or None."""
    path = data_dir / LOCK_NAME
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _read(path)
    else:
        return None
    finally:
        os.close(descriptor)


def _read(path: Path) -> Holder | None:
    try:
        return Holder(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def _write(descriptor: int, content: bytes) -> None:
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, content, 0)
    os.fsync(descriptor)
