"""Run dbt on a copy of the project, one warehouse after another in the same place.

dbt parses the whole project anew (about 6 CPU s) whenever a path in its environment or a policy
changes. So every build of a test session runs in one slot of fixed paths; its landing is a link that
is turned, and the finished warehouse is moved out. What dbt has parsed is kept by policy.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from orchestration.scoring.warehouse import churn_tables, lifetime_value_tables, tables
from orchestration.settings import DBT_PROJECT_DIR

# Every published table with all that it is made of.
MARTS = ("+path:models/marts",)
# Those about revenue alone, at a third of the cost.
REVENUE_MARTS = (
    "+path:models/marts/revenue",
    "+path:models/marts/retention",
    "+dim_customers",
    "dim_periods",
)
AS_OF = "2026-01-01 00:00:00"
INSTANTS = ("as_of", "known_at")


@dataclass(frozen=True)
class Warehouse:
    """A finished warehouse, opened for each query and closed after it."""

    path: Path
    results: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[dict[str, Any]]:
        """The rows of a query as dicts."""
        with duckdb.connect(str(self.path), read_only=True) as connection:
            return rows_of(connection.execute(sql, list(parameters)))

    def value(self, sql: str, parameters: Sequence[object] = ()) -> Any:
        """The one value of a query that gives one row of one column."""
        (row,) = self.rows(sql, parameters)
        (value,) = row.values()
        return value


def rows_of(result: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """The rows of a query's result as dicts."""
    names = [column[0] for column in result.description or []]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


class DbtError(AssertionError):
    """dbt ended with an error; the message is the end of what it printed."""


class DbtSlot:
    """The place in which a session's warehouses are built."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.project = root / "dbt_project"
        shutil.copytree(
            DBT_PROJECT_DIR, self.project, ignore=shutil.ignore_patterns("target", "logs")
        )
        (root / "tmp").mkdir()
        self.parsed_for = ""

    @property
    def landing(self) -> Path:
        return self.root / "landing"

    @property
    def warehouse(self) -> Path:
        return self.root / "tenure.duckdb"

    def build(
        self,
        landing: Path,
        *,
        select: Sequence[str] = MARTS,
        policy: Mapping[str, object] | None = None,
        without: Sequence[str] = ("unit_test", "test"),
        check: bool = True,
        scored: bool = False,
    ) -> Warehouse:
        """Build a warehouse from a landing and move it beside that landing.

        Args:
            landing: Where the raw rows lie.
            select: What dbt builds, by default the revenue marts with all they are made of.
            policy: Vars of dbt; as_of and known_at where they are not AS_OF.
            without: Kinds of nodes to leave out; tests unless told.
            check: False where failures are looked up in the results.
            scored: True for empty tables of scores, as after a run of a company without customers.

        Raises:
            DbtError: A model or a test failed, and `check` was not turned off.
        """
        self.landing.unlink(missing_ok=True)
        self.landing.symlink_to(landing)
        self.warehouse.unlink(missing_ok=True)
        if scored:
            _create_score_tables(self.warehouse)
        kinds = [word for kind in without for word in ("--exclude-resource-type", kind)]
        # A test of a table that is not built has nothing to look at.
        buildable = ("--indirect-selection", "buildable")
        self.dbt("build", *kinds, *buildable, "--select", *select, policy=policy, check=check)
        results = self.results()
        path = landing.parent / "tenure.duckdb"
        shutil.move(self.warehouse, path)
        return Warehouse(path, results)

    def test(
        self, built: Warehouse, *select: str, policy: Mapping[str, object] | None = None
    ) -> Warehouse:
        """Run data or unit tests on a copy of a finished warehouse; failures are in the results."""
        self.landing.unlink(missing_ok=True)
        self.landing.symlink_to(built.path.parent / "landing")
        shutil.copy(built.path, self.warehouse)
        self.dbt("test", "--select", *select, policy=policy, check=False)
        self.warehouse.unlink()
        return Warehouse(built.path, self.results())

    def results(self) -> dict[str, dict[str, Any]]:
        """What the last dbt command reports of each node, by the node's name."""
        report = json.loads((self.root / "target" / "run_results.json").read_text())
        return {_name(result["unique_id"]): result for result in report["results"]}

    def dbt(
        self, *arguments: str, policy: Mapping[str, object] | None = None, check: bool = True
    ) -> subprocess.CompletedProcess[str]:
        """Run one dbt command in the slot."""
        variables = {"as_of": AS_OF, "known_at": AS_OF, **(policy or {})}
        instants = {f"TENURE_{name.upper()}": str(variables.pop(name)) for name in INSTANTS}
        environment = {
            **os.environ,
            **instants,
            "DBT_PROFILES_DIR": str(self.project),
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
            "TENURE_LANDING_DIR": str(self.landing),
            "TENURE_WAREHOUSE_PATH": str(self.warehouse),
            "TENURE_TEMP_DIR": str(self.root / "tmp"),
            "TENURE_THREADS": "2",
            "TENURE_MEMORY_LIMIT": "1GB",
        }
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        told = json.dumps(variables)
        self._take_what_is_parsed(told)
        finished = self._run(
            [
                str(Path(sys.executable).with_name("dbt")),
                "--no-use-colors",
                "--quiet",
                *arguments,
                "--vars",
                told,
                "--target-path",
                str(self.root / "target"),
                "--log-path",
                str(self.root / "logs"),
            ],
            environment,
        )
        if check and finished.returncode:
            raise DbtError((finished.stdout + finished.stderr)[-6000:])
        return finished

    def _run(
        self, command: Sequence[str], environment: Mapping[str, str]
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            cwd=self.project,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=900,
        )

    def _take_what_is_parsed(self, policy: str) -> None:
        """Put what dbt parsed under a policy where dbt looks for it; dbt judges whether it still holds."""
        if policy == self.parsed_for:
            return
        latest = self.root / "target" / "partial_parse.msgpack"
        kept = self.root / "parsed"
        kept.mkdir(exist_ok=True)
        if latest.is_file():
            latest.rename(kept / f"{_short(self.parsed_for)}.msgpack")
        known = kept / f"{_short(policy)}.msgpack"
        if known.is_file():
            known.rename(latest)
        self.parsed_for = policy


def _short(policy: str) -> str:
    """A file's name for a policy."""
    return hashlib.sha256(policy.encode()).hexdigest()[:16]


def _name(unique_id: str) -> str:
    """The name in `kind.project.name[.hash]`, or in `unit_test.project.model.name`."""
    parts = unique_id.split(".")
    return parts[3] if parts[0] == "unit_test" else parts[2]


def _create_score_tables(warehouse: Path) -> None:
    with duckdb.connect(str(warehouse)) as connection:
        tables.create_tables(connection)
        churn_tables.create_churn_tables(connection)
        lifetime_value_tables.create_lifetime_value_tables(connection)
