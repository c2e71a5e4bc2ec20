"""`tenure prepare`: what `dagster dev` needs before it can load the definitions."""

from __future__ import annotations

from pathlib import Path

from orchestration.cli import exit_codes
from orchestration.cli.failures import guarded
from orchestration.cli.output import settings_with, write, write_json
from orchestration.dbt.manifest import prepare_manifest
from orchestration.resources import prepare_dagster_home


def prepare_all(data_dir: Path | None, *, as_json: bool, debug: bool) -> int:
    """Write dbt's manifest and `dagster.yaml`; print the folder for DAGSTER_HOME."""

    def work() -> int:
        settings = settings_with(None, data_dir)
        home = prepare_dagster_home(settings)
        manifest = prepare_manifest(settings)
        if as_json:
            write_json({"dagster_home": str(home), "manifest": str(manifest)})
        else:
            write(str(home))
        return exit_codes.OK

    return guarded(work, debug=debug)
