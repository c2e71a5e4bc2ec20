"""Runs `tenure` with the CPU seconds of each phase written down beside its run record.

The record itself has wall seconds only. Arguments are those of `tenure`; the report goes to the file
that the environment names. Imports are taken out of the phases in which they happen.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.benchmarks.import_meter import ImportMeter
from tests.benchmarks.metered_dbt import REPORT as DBT_REPORT

REPORT = "TENURE_BENCH_RUN_REPORT"


class Phases:
    """CPU seconds by step of the run: of this process without imports, and of its children."""

    def __init__(self, imports: ImportMeter) -> None:
        self._imports = imports
        self.steps: dict[str, dict[str, float]] = {}

    def now(self) -> tuple[float, float]:
        """CPU seconds so far: own without imports, and children's."""
        used = os.times()
        return (
            time.process_time() - self._imports.cpu_seconds,
            used.children_user + used.children_system,
        )

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Put down one step."""
        own, children = self.now()
        try:
            yield
        finally:
            own_after, children_after = self.now()
            self.steps[name] = {"own": own_after - own, "children": children_after - children}


def main() -> None:
    """Run the command line on this process's arguments."""
    imports = ImportMeter()
    imports.install()
    from orchestration import active_run, cli
    from orchestration.dbt import build, manifest

    phases = Phases(imports)
    plain_step = active_run.ActiveRun.step

    @contextmanager
    def step(self: Any, name: str, *arguments: Any, **named: Any) -> Iterator[Any]:
        with phases.step(name), plain_step(self, name, *arguments, **named) as record:
            yield record

    active_run.ActiveRun.step = step  # type: ignore[method-assign]
    for module in (build, manifest):
        module.dbt_command = _metered_dbt  # type: ignore[attr-defined]
    code: object = 1
    try:
        cli.main()
    except SystemExit as ended:
        code = ended.code
    own, children = phases.now()
    report = {
        "imports": imports.cpu_seconds,
        "own": own,
        "children": children,
        "steps": phases.steps,
        "dbt": _lines(Path(os.environ[DBT_REPORT])),
    }
    Path(os.environ[REPORT]).write_text(json.dumps(report), encoding="utf-8")
    raise SystemExit(code)


def _metered_dbt(arguments: Sequence[str]) -> list[str]:
    program = "from tests.benchmarks.metered_dbt import main; main()"
    return [sys.executable, "-c", program, "--no-use-colors", *arguments]


def _lines(path: Path) -> list[dict[str, float]]:
    if not path.is_file():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


if __name__ == "__main__":
    main()
