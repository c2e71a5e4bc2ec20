"""Read a raw story: files as a billing system exports them, how they are loaded, and what comes of it.

A folder has story.md, `loads.yml` and the files. `loads.yml` names each source of the story, and for
each its loads in order: the mapping, the folder of files that it reads, the instant of the run and,
where it matters, `from` and `until` when deliveries were made.
`expected_<mart>.csv` holds what every source publishes; `expected_quarantine.csv` and
`expected_loads.csv` what became of rows that did not get in, and of all rows.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import yaml

from orchestration.ingestion.ingest import IngestReport, ingest
from orchestration.ingestion.mapping_parser import load_mapping
from orchestration.ingestion.sources.protocol import Window
from orchestration.settings import PROJECT_ROOT, Settings
from tests.building.stories import EXPECTED

OF_LOADS = ("loads", "quarantine")
COUNTS = (
    "rows_read", "rows_landed", "rows_already_landed", "rows_filtered", "rows_quarantined",
    "rows_deleted",
)  # fmt: skip


@dataclass(frozen=True)
class RawStory:
    """A story's folder, its sources with their loads, and expected rows by name."""

    folder: Path
    sources: dict[str, list[dict[str, str]]]
    expected: dict[str, list[dict[str, str]]]

    @property
    def marts(self) -> dict[str, list[dict[str, str]]]:
        """Expected rows by mart."""
        return {name: rows for name, rows in self.expected.items() if name not in OF_LOADS}

    def load(self, source: str, data: Path, scratch: Path) -> list[IngestReport]:
        """Load a source in the real way; each of its mappings is read with its own name and root."""
        reports = []
        for number, step in enumerate(self.sources[source]):
            original = _mapping_path(self.folder, step["mapping"])
            text = yaml.safe_load(original.read_text(encoding="utf-8"))
            text |= {"source_id": source, "root": str(self.folder / step["files"])}
            copy = scratch / f"{source}-{number}.yml"
            copy.write_text(yaml.safe_dump(text), encoding="utf-8")
            settings = Settings(data_dir=data, threads=1, memory_limit="500MB")
            delivered = Window(
                _instant(step.get("from", "0001-01-01")), _instant(step.get("until", "9999-12-31"))
            )
            run_at = _instant(step["at"])
            reports.append(ingest(load_mapping(copy), settings, run_at, window=delivered))
        return reports


def read_raw_story(folder: Path) -> RawStory:
    """Read a raw story.

    Raises:
        ValueError: It has no story.md or expects nothing.
    """
    expected = {}
    for path in sorted(folder.glob(f"{EXPECTED}*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            expected[path.stem.removeprefix(EXPECTED)] = list(csv.DictReader(file))
    if not expected or not (folder / "story.md").is_file():
        raise ValueError(f"{folder}: a raw story needs story.md and at least one expected_*.csv")
    loads = yaml.load((folder / "loads.yml").read_text(encoding="utf-8"), yaml.BaseLoader)
    return RawStory(folder, loads, expected)


def load_counts(reports: list[IngestReport]) -> list[dict[str, Any]]:
    """What became of the rows of each object and delivery, as the load records tell."""
    return [
        {
            "object": record.object,
            "delivered_at": record.delivered_at,
            **{count: getattr(record, count) for count in COUNTS},
        }
        for report in reports
        for result in report.results
        for record in result.records
    ]


def quarantined(data: Path, source: str) -> list[dict[str, Any]]:
    """The rows of a source that did not get in, as people look them up."""
    folder = data / "quarantine"
    if not folder.is_dir():
        return []
    with duckdb.connect() as connection:
        found = connection.execute(
            "select object, file, row_number, column_name, value, reason, message "
            f"from read_parquet('{folder}/**/*.parquet', hive_partitioning = false) "
            "where source_id = ? order by object, file, row_number, message",
            [source],
        )
        names = [column[0] for column in found.description or []]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def _mapping_path(folder: Path, name: str) -> Path:
    own = folder / name
    return own if own.is_file() else PROJECT_ROOT / name


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)
