"""Builds the revenue marts of a landing the way a night does, on a copy of the dbt project, measured."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from orchestration.dbt.commands import DbtStep, build_arguments, environment, run_instants
from orchestration.settings import DBT_PROJECT_DIR, PROJECT_ROOT, Settings
from tests.benchmarks import metered_dbt
from tests.benchmarks.costs import Cost, cost_of

THREADS, MEMORY = 2, "3GB"
PROGRAM = "from tests.benchmarks.metered_dbt import main; main()"
REVENUE = tuple(f"+path:models/marts/{folder}" for folder in ("core", "retention", "revenue"))


@dataclass(frozen=True)
class DbtPlace:
    """A copy of the project with a data directory of its own."""

    folder: Path

    @property
    def settings(self) -> Settings:
        """Where data lie and what may be used."""
        return Settings(data_dir=self.folder / "data", threads=THREADS, memory_limit=MEMORY)

    @property
    def target(self) -> Path:
        """dbt's artifacts."""
        return self.folder / "target"

    def prepare(self) -> DbtPlace:
        """Make the folders and copy the project."""
        shutil.rmtree(self.folder / "dbt_project", ignore_errors=True)
        shutil.copytree(
            DBT_PROJECT_DIR,
            self.folder / "dbt_project",
            ignore=shutil.ignore_patterns("target", "logs"),
        )
        self.settings.temp_dir.mkdir(parents=True, exist_ok=True)
        self.settings.warehouse_path.parent.mkdir(parents=True, exist_ok=True)
        return self

    def build(self, as_of: datetime, select: Sequence[str] = REVENUE) -> tuple[Cost, Cost]:
        """Build models without their tests into a fresh warehouse.

        Returns:
            Cost of the whole process, and of it what is left after imports and parsing.
        """
        self.settings.warehouse_path.unlink(missing_ok=True)
        return self.go_on(as_of, select)

    def go_on(
        self, as_of: datetime, select: Sequence[str], leave: Sequence[str] = ()
    ) -> tuple[Cost, Cost]:
        """Build models without their tests into the warehouse as it is; `leave` is not built.

        Returns:
            Cost of the whole process, and of it what is left after imports and parsing.
        """
        report = self.folder / "dbt.jsonl"
        report.unlink(missing_ok=True)
        project = str(self.folder / "dbt_project")
        variables = {
            **environment(self.settings, os.environ, self.target),
            **run_instants(as_of, as_of),
            "DBT_PROJECT_DIR": project,
            "DBT_PROFILES_DIR": project,
            "PYTHONPATH": str(PROJECT_ROOT),
            metered_dbt.REPORT: str(report),
        }
        variables.pop("PYTHONDONTWRITEBYTECODE", None)
        arguments = [*build_arguments(DbtStep("benchmark", tuple(select)), {})]
        whole = cost_of(
            [
                sys.executable,
                "-c",
                PROGRAM,
                "--quiet",
                *arguments,
                "--exclude-resource-type",
                "test",
                *(["--exclude", *leave] if leave else []),
            ],
            variables,
            self.folder,
            self.folder / "dbt.log",
        )
        spent = json.loads(report.read_text(encoding="utf-8"))
        models = spent["all"] - spent["imports"] - spent["parse"]
        whole = replace(whole, read_megabytes=round(spent["read"] / 1e6))
        return whole, replace(whole, cpu_seconds=models)

    def compiled(self) -> dict[str, str]:
        """SQL of the models of the last build by name, in the order in which they were built."""
        report: dict[str, Any] = json.loads((self.target / "run_results.json").read_text())
        return {
            result["unique_id"].split(".")[2]: result["compiled_code"]
            for result in report["results"]
            if result["unique_id"].startswith("model.")
        }

    def built(self, selector: str) -> list[str]:
        """Names of the models of the last build in the folder that a selector names."""
        folder = selector.removeprefix("path:")
        report: dict[str, Any] = json.loads((self.target / "manifest.json").read_text())
        return sorted(
            node["name"]
            for node in report["nodes"].values()
            if node["resource_type"] == "model" and node["original_file_path"].startswith(folder)
        )
