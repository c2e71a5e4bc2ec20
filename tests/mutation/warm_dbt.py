"""dbt that is imported once: a server that is a fresh copy of itself for each command.

Importing dbt costs more CPU than many of its commands, and the court gives some hundreds of them. Every command
still runs in a process of its own, so nothing of one reaches the next.
"""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from orchestration.settings import PROJECT_ROOT
from tests.building.dbt_slot import DbtSlot


class WarmSlot(DbtSlot):
    """A slot whose commands are run by the server."""

    def __init__(self, root: Path) -> None:
        (root / "slot").mkdir()
        super().__init__(root / "slot")
        self._server: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._server is not None:
            assert self._server.stdin
            self._server.stdin.close()
            self._server.wait(timeout=60)

    def _run(
        self, command: Sequence[str], environment: Mapping[str, str]
    ) -> subprocess.CompletedProcess[str]:
        """Run one command of dbt, given with the program that would run it elsewhere."""
        if self._server is None:
            self._server = subprocess.Popen(
                [sys.executable, "-m", "tests.mutation.warm_dbt"],
                cwd=PROJECT_ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        assert self._server.stdin
        assert self._server.stdout
        with tempfile.NamedTemporaryFile(dir=self.root, suffix=".log") as log:
            request = {"arguments": list(command[1:]), "folder": str(self.project)}
            request |= {"environment": dict(environment), "log": log.name}
            print(json.dumps(request), file=self._server.stdin, flush=True)
            answer = self._server.stdout.readline()
            told = Path(log.name).read_text(encoding="utf-8")
        if not answer:
            raise RuntimeError("the server of dbt has ended; its error stands above")
        return subprocess.CompletedProcess(command, int(answer), told, "")


def serve() -> None:
    """Answer each line of standard input, a command, with its exit code."""
    import dbt.adapters.duckdb
    import dbt.cli.main  # noqa: F401

    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            code = 2
            try:
                code = _run_here(json.loads(line))
            except BaseException:  # noqa: BLE001 - told in the log of the command
                traceback.print_exc()
            os._exit(code)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _run_here(request: Mapping[str, Any]) -> int:
    from dbt.cli.main import dbtRunner

    log = os.open(request["log"], os.O_WRONLY | os.O_APPEND)
    os.dup2(log, sys.stdout.fileno())
    os.dup2(log, sys.stderr.fileno())
    os.environ.clear()
    os.environ.update(request["environment"])
    os.chdir(request["folder"])
    finished = dbtRunner().invoke(request["arguments"])
    # dbt closes its databases on the way out; else what was written would stay in a log beside them.
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    return 0 if finished.success else 1


if __name__ == "__main__":
    serve()
