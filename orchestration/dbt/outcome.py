"""What a dbt invocation did, read from its `run_results.json`: counts, timings, broken rules.

The failing rows of a test are taken from the warehouse with the test's own SQL.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

SHOWN_ROWS = 5
_BAD = {"fail", "error", "runtime error"}


@dataclass(frozen=True, kw_only=True)
class NodeResult:
    """One model, seed or test.

    Attributes:
        unique_id: dbt's name of the node.
        status: success, pass, warn, fail, error or skipped.
        seconds: How long it took.
        failing_rows: How many rows break a test; None for anything but a test.
        message: What dbt says about it.
        sql: The SQL that was run.
    """

    unique_id: str
    status: str
    seconds: float
    failing_rows: int | None = None
    message: str = ""
    sql: str = ""

    @property
    def is_bad(self) -> bool:
        """True for what stops the run."""
        return self.status in _BAD


@dataclass(frozen=True)
class DbtOutcome:
    """All results of one invocation."""

    results: tuple[NodeResult, ...]

    @property
    def bad(self) -> tuple[NodeResult, ...]:
        """What stops the run."""
        return tuple(result for result in self.results if result.is_bad)

    def summary(self, kinds: Mapping[str, str]) -> dict[str, Any]:
        """Counts for the run's record.

        Args:
            kinds: Resource type by unique id.
        """
        tests = [r for r in self.results if kinds.get(r.unique_id) == "test"]
        slowest = sorted(self.results, key=lambda r: r.seconds, reverse=True)[:5]
        return {
            "nodes": dict(Counter(kinds.get(r.unique_id, "other") for r in self.results)),
            "tests_passed": sum(r.status == "pass" for r in tests),
            "tests_warned": sum(r.status == "warn" for r in tests),
            "tests_failed": sum(r.is_bad for r in tests),
            "slowest": {r.unique_id.split(".")[2]: round(r.seconds, 2) for r in slowest},
        }


def read_outcome(run_results: Path) -> DbtOutcome:
    """Read a `run_results.json`."""
    content = json.loads(run_results.read_text(encoding="utf-8"))
    return DbtOutcome(
        tuple(
            NodeResult(
                unique_id=result["unique_id"],
                status=str(result["status"]),
                seconds=float(result["execution_time"]),
                failing_rows=result.get("failures"),
                message=(result.get("message") or "").strip(),
                sql=result.get("compiled_code") or "",
            )
            for result in content["results"]
        )
    )


def describe_failure(
    result: NodeResult, manifest: Mapping[str, Any], warehouse: Path
) -> dict[str, Any]:
    """Say for people what broke: table, rule, rows.

    Returns:
        table, rule, failing_row_count, failing_rows and message.
    """
    node = manifest["nodes"].get(result.unique_id, {})
    tested = _tested(node, manifest)
    table = f"{tested.get('schema', '?')}.{tested.get('alias') or tested.get('name', '?')}"
    if result.status != "fail":
        return {
            "table": table,
            "rule": "the model builds",
            "failing_row_count": None,
            "failing_rows": [],
            "message": f"{table}: could not be built: {result.message}",
        }
    rule = _rule(node, result.unique_id)
    rows = _rows(result.sql, warehouse)
    shown = "; ".join(", ".join(f"{k}={v}" for k, v in row.items()) for row in rows)
    return {
        "table": table,
        "rule": rule,
        "failing_row_count": result.failing_rows,
        "failing_rows": rows,
        "message": f"{table}: rule broken: {rule} ({result.failing_rows} rows"
        + (f": {shown}" if shown else "")
        + ").",
    }


def _tested(node: Mapping[str, Any], manifest: Mapping[str, Any]) -> Mapping[str, Any]:
    """The model that a test is about: the one it is attached to, or the first that it reads."""
    if node.get("resource_type") != "test":
        return node
    candidates = [node.get("attached_node"), *node.get("depends_on", {}).get("nodes", [])]
    found = [manifest["nodes"][name] for name in candidates if name in manifest["nodes"]]
    return found[0] if found else node


def _rule(node: Mapping[str, Any], unique_id: str) -> str:
    """The test in words: its description, else its kind and column."""
    if node.get("description"):
        return str(node["description"]).strip().rstrip(".")
    metadata = node.get("test_metadata")
    if not metadata:
        return str(node.get("name", unique_id))
    arguments = {
        name: value for name, value in metadata.get("kwargs", {}).items() if name != "model"
    }
    column = arguments.pop("column_name", None)
    told = ", ".join(f"{name} {value}" for name, value in arguments.items())
    return " ".join(
        filter(None, [column, metadata["name"].replace("_", " "), f"({told})" * bool(told)])
    )


def _rows(sql: str, warehouse: Path) -> list[dict[str, str]]:
    if not sql or not warehouse.is_file():
        return []
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        try:
            found = connection.execute(f"select * from ({sql}) as failing limit {SHOWN_ROWS}")
        except duckdb.Error:
            return []  # the count stands; some tests cannot be run as a subquery
        names = [column[0] for column in found.description or ()]
        return [
            {name: str(value) for name, value in zip(names, row, strict=True)}
            for row in found.fetchall()
        ]
