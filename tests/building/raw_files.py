"""Raw CSV files of all stories as one source, with a mapping, for tests of how data arrive.

Here rows take the real way: files, mapping, ingestion, landing. Identifiers carry their story's name,
so that the stories stay apart within one source.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import yaml

from data_quality.contracts import load_contract
from orchestration.ingestion.ingest import IngestReport, ingest
from orchestration.ingestion.mapping_parser import load_mapping
from orchestration.settings import Settings
from tests.building.stories import read_story

Rows = list[dict[str, str]]
SHARED = {"currency_code", "from_currency_code", "to_currency_code"}


def rows_of_stories(folder: Path) -> dict[str, Rows]:
    """All stories' raw rows by object; identifiers are prefixed with the story's name."""
    objects: dict[str, Rows] = {}
    for story_folder in sorted(path for path in folder.iterdir() if path.is_dir()):
        story = read_story(story_folder)
        for delivery in story.deliveries():
            for row in delivery.rows:
                named = {
                    name: f"{story.name}.{value}"
                    if name.endswith("_id") and value
                    else str(value or "")
                    for name, value in row.items()
                }
                objects.setdefault(delivery.object_name, []).append(named)
    return objects


def known_by(objects: dict[str, Rows], instant: str) -> dict[str, Rows]:
    """The rows that had taken effect by an instant, as a full export of that night has them."""
    known = {}
    for name, rows in objects.items():
        contract = load_contract(name)
        when = contract.effective_at or contract.event_time
        known[name] = [row for row in rows if not when or not row.get(when) or row[when] < instant]
    return known


def shuffled_and_doubled(objects: dict[str, Rows], seed: int) -> dict[str, Rows]:
    """Every row twice, in an order of no meaning."""
    mixed = {}
    for name, rows in objects.items():
        mixed[name] = [*rows, *rows]
        random.Random(seed).shuffle(mixed[name])
    return mixed


@dataclass(frozen=True)
class Company:
    """A data folder that takes nightly exports of one source."""

    root: Path
    source_id: str = "company"

    @property
    def settings(self) -> Settings:
        return Settings(data_dir=self.root / "data")

    def export(self, objects: dict[str, Rows], night: str) -> Path:
        """Write one night's files and a mapping that names every column as the contract does."""
        folder = self.root / night
        folder.mkdir()
        mapped = {}
        for name, rows in objects.items():
            if not rows:
                continue
            columns = list(dict.fromkeys(column for row in rows for column in row))
            with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, columns, restval="")
                writer.writeheader()
                writer.writerows(rows)
            mapped[name] = {"files": f"{name}.csv", "columns": {c: c for c in columns}}
        mapping = {"version": 1, "source_id": self.source_id, "root": ".", "objects": mapped}
        (folder / "mapping.yml").write_text(yaml.safe_dump(mapping), encoding="utf-8")
        return folder / "mapping.yml"

    def load(self, mapping: Path, at: datetime) -> IngestReport:
        """Load one night's export."""
        report = ingest(load_mapping(mapping), self.settings, at)
        assert report.is_ok, [result.line() for result in report.failures]
        return report


def total(reports: Iterable[IngestReport], count: str) -> int:
    """Sum of a count over several nights."""
    return sum(report.total(count) for report in reports)
