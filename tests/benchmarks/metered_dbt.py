"""Runs dbt and writes down what its process spent on imports, on parsing the project, and on the rest.

Takes the place of `dbt` in a measured run. Appends one line of JSON to the file that the environment
names, since a run starts dbt more than once.
"""

from __future__ import annotations

import atexit
import json
import os
import time
from pathlib import Path
from typing import Any

from tests.benchmarks.costs import bytes_read
from tests.benchmarks.import_meter import ImportMeter

REPORT = "TENURE_BENCH_DBT_REPORT"


def main() -> None:
    """Run dbt on this process's arguments."""
    meter = ImportMeter()
    meter.install()
    from dbt.cli.main import cli
    from dbt.parser.manifest import ManifestLoader

    parsing: list[float] = []
    whole = ManifestLoader.get_full_manifest.__func__

    def timed(cls: type, *arguments: Any, **named: Any) -> Any:
        began, imported = time.process_time(), meter.cpu_seconds
        try:
            return whole(cls, *arguments, **named)
        finally:
            spent = time.process_time() - began - (meter.cpu_seconds - imported)
            parsing.append(spent)

    ManifestLoader.get_full_manifest = classmethod(timed)

    def report() -> None:
        line = {
            "imports": meter.cpu_seconds,
            "parse": sum(parsing),
            "all": time.process_time(),
            "read": bytes_read(),
        }
        with Path(os.environ[REPORT]).open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")

    atexit.register(report)
    cli(prog_name="dbt")


if __name__ == "__main__":
    main()
