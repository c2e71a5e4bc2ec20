"""A small company on disk: raw files, a mapping, and what its landing holds after a load."""

# ruff: noqa: DTZ001 - instants are naive UTC throughout the landing

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from orchestration.ingestion.ingest import IngestReport, ingest
from orchestration.ingestion.mapping import SourceMapping
from orchestration.ingestion.mapping_parser import load_mapping
from orchestration.settings import Settings

EVENT_COLUMNS = {"event_id": "id", "event_name": "name", "occurred_at": "at"}
PRODUCT_COLUMNS = {"product_id": "id", "product_name": "name"}


@dataclass
class Company:
    """Writes raw files and a mapping below `folder` and loads them; instants are days of 2024-01."""

    folder: Path
    objects: dict[str, Any] = field(default_factory=dict)
    top: dict[str, Any] = field(default_factory=dict)

    @property
    def settings(self) -> Settings:
        return Settings(data_dir=self.folder / "data", threads=1, memory_limit="500MB")

    def write(self, name: str, content: str | bytes) -> Path:
        path = self.folder / "raw" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def maps(
        self, name: str, columns: Mapping[str, Any], files: Any = None, **options: Any
    ) -> None:
        self.objects[name] = {"files": files or f"{name}*", "columns": dict(columns), **options}

    def mapping(self) -> SourceMapping:
        path = self.folder / "mapping.yml"
        (self.folder / "raw").mkdir(exist_ok=True)
        whole = {
            "version": 1,
            "source_id": "acme",
            "root": "./raw",
            **self.top,
            "objects": self.objects,
        }
        path.write_text(yaml.safe_dump(whole, sort_keys=False))
        return load_mapping(path)

    def load(self, day: int = 1, **options: Any) -> IngestReport:
        return ingest(self.mapping(), self.settings, datetime(2024, 1, day), **options)

    def sql(self, query: str) -> list[tuple[Any, ...]]:
        with duckdb.connect() as connection:
            return connection.execute(query).fetchall()

    def rows(self, name: str, columns: str = "*", where: str = "true") -> list[tuple[Any, ...]]:
        files = f"{self.settings.landing_dir}/{name}/**/*.parquet"
        source = f"read_parquet('{files}', union_by_name=true, hive_partitioning=false)"
        return self.sql(f"select {columns} from {source} where {where} order by all")

    def quarantined(
        self, name: str, columns: str = "row_number, column_name, value, reason"
    ) -> list[tuple[Any, ...]]:
        folder = self.settings.quarantine_dir / name
        if not folder.exists():
            return []
        return self.sql(
            f"select {columns} from read_parquet('{folder}/**/*.parquet', hive_partitioning=false) "
            "order by file, row_number"
        )


@pytest.fixture
def company(tmp_path: Path) -> Company:
    return Company(tmp_path)


def events_csv(*rows: str) -> str:
    return "id,name,at\n" + "".join(row + "\n" for row in rows)
