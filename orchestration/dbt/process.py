"""Runs a dbt process to its end and never leaves one behind."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

PATIENCE_SECONDS = 20


class DbtError(Exception):
    """dbt could not do its work for a reason other than the data; the message quotes dbt."""


def run_process(
    command: Sequence[str],
    environment: Mapping[str, str],
    log: Path,
    *,
    keep_open: Sequence[int] = (),
) -> int:
    """Run a command with its output in a log file and return its exit code.

    Args:
        command: Program and arguments.
        environment: The whole environment of the process.
        log: File for what it prints.
        keep_open: Descriptors that it inherits, such as the lock of the run.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=dict(environment),
            pass_fds=tuple(keep_open),
        )
        try:
            return process.wait()
        except BaseException:
            _stop(process)
            raise


def error_lines(log: Path, limit: int = 12) -> str:
    """What dbt said went wrong: the lines from its first error on, without timestamps."""
    lines = [
        line.partition("  ")[2] or line
        for line in log.read_text(encoding="utf-8", errors="replace").splitlines()
    ]
    errors = [number for number, line in enumerate(lines) if "Error" in line]
    first = errors[0] if errors else max(len(lines) - limit, 0)
    return "\n".join(line.rstrip() for line in lines[first : first + limit] if line.strip())


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End the process; it may need a moment to roll back."""
    process.terminate()
    try:
        process.wait(PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
