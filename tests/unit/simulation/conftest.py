"""Companies that several tests look at; each is simulated once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import pytest

from orchestration.ingestion.simulation import SimulationConfig, SimulationReport, simulate
from tests.unit.simulation.lives import Life, lived
from tests.unit.simulation.raw_company import open_company

MIDDLE = SimulationConfig(seed=7, customers=600, start=date(2023, 1, 1), months=24, events=60_000)
LARGE = SimulationConfig(seed=11, customers=3000, months=36)


@pytest.fixture(scope="session")
def report(tmp_path_factory: pytest.TempPathFactory) -> SimulationReport:
    return simulate(MIDDLE, tmp_path_factory.mktemp("company") / "middle")


@pytest.fixture(scope="session")
def folder(report: SimulationReport) -> Path:
    return report.directory


@pytest.fixture(scope="session")
def company(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The middle company's raw files, a table per object, values as exported."""
    with open_company(folder) as connection:
        yield connection


@pytest.fixture(scope="session")
def large() -> Life:
    return lived(LARGE)
