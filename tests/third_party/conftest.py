"""Third-party data, mapped by YAML alone, loaded by the real ingestion and built by dbt.

The data is never part of the project: TENURE_THIRD_PARTY_DATA names its folder, by default
`../shared/data` beside the project. Where it is absent these tests are skipped and say so.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest

from orchestration.ingestion.ingest import IngestReport, ingest
from orchestration.ingestion.mapping_parser import load_mapping
from orchestration.settings import PROJECT_ROOT, Settings
from tests.building.dbt_slot import MARTS, DbtSlot, Warehouse

MAPPINGS = Path(__file__).parent / "mappings"
LOADED_AT = datetime(2026, 1, 1)  # noqa: DTZ001 - instants are naive UTC
VARIABLE = "TENURE_THIRD_PARTY_DATA"


@dataclass(frozen=True)
class Loaded:
    """A third party's data in a warehouse, with what the loading reported."""

    warehouse: Warehouse
    report: IngestReport
    folder: Path

    def reference(self, name: str) -> list[dict[str, str]]:
        """Rows of one of the third party's own result files."""
        with (self.folder / name).open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))


@pytest.fixture(scope="session")
def third_party_data() -> Iterator[Path]:
    folder = Path(os.environ.get(VARIABLE, PROJECT_ROOT.parent / "shared" / "data")).resolve()
    if not folder.is_dir():
        pytest.skip(f"no third-party data: {VARIABLE} is not set and {folder} does not exist")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, str(folder))
        yield folder


@pytest.fixture(scope="session")
def load_third_party(
    dbt_slot: DbtSlot, third_party_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., Loaded]:
    """Load and build the data of a mapping; `objects` and `select` leave out what a test has no use for."""

    def load(
        name: str,
        objects: tuple[str, ...] | None = None,
        select: tuple[str, ...] = MARTS,
        quarantined: int = 0,
        **policy: str,
    ) -> Loaded:
        mapping = load_mapping(MAPPINGS / f"{name}.yml")
        settings = Settings(data_dir=tmp_path_factory.mktemp(name))
        report = ingest(mapping, settings, LOADED_AT, objects=objects)
        assert report.is_ok, [result.line() for result in report.failures]
        assert report.total("rows_quarantined") == quarantined
        built = dbt_slot.build(
            settings.landing_dir, select=select, policy={**mapping.policy, **policy}
        )
        return Loaded(built, report, third_party_data / name)

    return load
