"""A data folder with a small warehouse, and readers of what was published."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.publishing.catalog import Release
from orchestration.publishing.publish import publish
from tests.unit.publishing.small_warehouse import build, nothing_restated, request_for


@pytest.fixture
def root(tmp_path: Path) -> Path:
    build(tmp_path / "warehouse" / "tenure.duckdb")
    return tmp_path


@pytest.fixture
def publish_run(root: Path) -> Callable[..., Release]:
    """Publish the warehouse under a run id; keyword arguments change the request."""

    def run(run_id: str, **changes: object) -> Release:
        return publish(request_for(root, run_id, **changes), compare=nothing_restated)

    return run


@pytest.fixture
def read() -> Callable[[Path, str], list[tuple[Any, ...]]]:
    """Query a release as a BI tool would: read-only, opened for this query."""

    def query(database: Path, sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(database), read_only=True) as connection:
            return connection.execute(sql).fetchall()

    return query
