"""What a process cost: CPU seconds, wall seconds, peak memory, of itself and of all that it started.

CPU seconds are what is compared: wall time on a shared machine measures the neighbours.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any


class FailedError(AssertionError):
    """A measured command ended with an error; the message is the end of what it printed."""


@dataclass(frozen=True)
class Cost:
    """Cost of a piece of work; the peak is that of its largest process.

    Bytes read are those asked of the system, whether they came from the disk or its cache; 0 where nobody
    counted them.
    """

    cpu_seconds: float
    wall_seconds: float
    peak_megabytes: int = 0
    read_megabytes: int = 0

    def plain(self) -> dict[str, Any]:
        """The cost for a JSON file."""
        return {name: round(value, 2) for name, value in asdict(self).items()}


def cost_of(command: Sequence[str], environment: Mapping[str, str], cwd: Path, log: Path) -> Cost:
    """Run a command to its end.

    Raises:
        FailedError: It ended with another code than 0.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    began = time.perf_counter()
    with log.open("wb") as output:
        process = subprocess.Popen(
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=dict(environment),
            cwd=cwd,
        )
        try:
            _, status, used = os.wait4(process.pid, 0)
        except BaseException:
            process.kill()
            raise
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        said = log.read_text(encoding="utf-8", errors="replace")[-3000:]
        raise FailedError(f"{command[:4]} ended with {process.returncode}:\n{said}")
    return Cost(used.ru_utime + used.ru_stime, time.perf_counter() - began, used.ru_maxrss // 1024)


def cost_here(work: Callable[[], object]) -> Cost:
    """Cost of a piece of work in this process; its peak memory cannot be told apart."""
    cpu, wall = time.process_time(), time.perf_counter()
    work()
    return Cost(time.process_time() - cpu, time.perf_counter() - wall)


def middle(costs: Sequence[Cost]) -> Cost:
    """Median of repeated measurements, each figure by itself."""
    return Cost(
        median(cost.cpu_seconds for cost in costs),
        median(cost.wall_seconds for cost in costs),
        int(median(cost.peak_megabytes for cost in costs)),
        int(median(cost.read_megabytes for cost in costs)),
    )


def bytes_read() -> int:
    """Bytes that this process has asked the system for so far."""
    lines = Path("/proc/self/io").read_text(encoding="utf-8").splitlines()
    return int(dict(line.split(": ") for line in lines)["rchar"])
