"""Raw CSV files of stories as one source, with a mapping, for tests of how data arrive.

Here rows take the real way: files, mapping, ingestion, landing. Identifiers carry their story's name,
so that the stories stay apart within one source.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from data_quality.contracts import load_contract
from orchestration.ingestion.ingest import IngestReport, ingest
from orchestration.ingestion.mapping_parser import load_mapping
from orchestration.settings import PROJECT_ROOT, Settings
from tests.building.stories import read_story

Rows = list[dict[str, str]]
STORIES = PROJECT_ROOT / "tests" / "golden" / "stories"
# Sound companies of every shape that do not contradict one another about rates.
SOUND = (
    "annual_prepay", "billing_intervals", "cancel_click_long_before_the_end", "churn_and_return_inside_a_month",
    "customer_merge", "downgrade_then_churn", "full_discount_expires", "fx_moves_and_nothing_else", "past_due",
    "pause_and_resume", "plan_switch_with_gap", "plan_switch_without_gap", "reactivation_after_a_year",
    "segments_follow_the_customer", "stacked_discounts", "tiered_prices", "trial_converts_or_ends",
    "two_subscriptions_one_cancelled", "upgrade_mid_month",
)  # fmt: skip
DELIVERY = {"regex": r"(\d{4}-\d{2}-\d{2}T\d{6})", "format": "%Y-%m-%dT%H%M%S"}


def rows_of_stories(names: Sequence[str] = SOUND) -> dict[str, Rows]:
    """Raw rows of stories by object; identifiers are prefixed with the story's name."""
    objects: dict[str, Rows] = {}
    for name in names:
        story = read_story(STORIES / name)
        for delivery in story.deliveries():
            for row in delivery.rows:
                named = {
                    column: f"{story.name}.{value}"
                    if column.endswith("_id") and value
                    else str(value or "")
                    for column, value in row.items()
                }
                objects.setdefault(delivery.object_name, []).append(named)
    return objects


def known_by(objects: dict[str, Rows], instant: str) -> dict[str, Rows]:
    """A full export of a night: rows that had taken effect, and of simple periods no end to come."""
    known = {}
    for name, rows in objects.items():
        when = instant_column(name)
        known[name] = [row for row in rows if not when or not row.get(when) or row[when] < instant]
    periods = "billing_subscription_periods"
    known[periods] = [
        {**row, "end_at": ""} if row.get("end_at", "") >= instant else row for row in known[periods]
    ]
    return known


def since(known: dict[str, Rows], before: dict[str, Rows]) -> dict[str, Rows]:
    """What a night delivers when only full exports are full: of the rest the rows that are new."""
    return {
        name: rows
        if load_contract(name).load_mode == "snapshot"
        else [row for row in rows if row not in before.get(name, [])]
        for name, rows in known.items()
    }


def instant_column(object_name: str) -> str | None:
    """The column that says when a row takes effect."""
    contract = load_contract(object_name)
    return contract.effective_at or contract.event_time


def shuffled_and_doubled(objects: dict[str, Rows], seed: int) -> dict[str, Rows]:
    """Every row twice, in an order of no meaning."""
    mixed = {}
    for name, rows in objects.items():
        mixed[name] = [*rows, *rows]
        random.Random(seed).shuffle(mixed[name])
    return mixed


@dataclass(frozen=True)
class Company:
    """A data folder that takes nightly exports of one source; several sources may share it."""

    root: Path
    source_id: str = "company"

    @property
    def settings(self) -> Settings:
        return Settings(data_dir=self.root / "data")

    def export(self, objects: dict[str, Rows], night: str) -> Path:
        """Write one night's files and a mapping that names every column as the contract does."""
        folder = self.root / f"{self.source_id}-{night}"
        folder.mkdir()
        return self._write(folder, objects, "")

    def deliver(self, objects: dict[str, Rows], at: str) -> Path:
        """Add files that carry the instant of their delivery to the one folder of the source."""
        folder = self.root / f"{self.source_id}-dated"
        folder.mkdir(exist_ok=True)
        return self._write(folder, objects, f"_{datetime.fromisoformat(at):%Y-%m-%dT%H%M%S}")

    def _write(self, folder: Path, objects: dict[str, Rows], suffix: str) -> Path:
        path = folder / "mapping.yml"
        mapped: dict[str, Any] = {}
        if path.is_file():
            mapped = yaml.safe_load(path.read_text(encoding="utf-8"))["objects"]
        for name, rows in objects.items():
            if not rows:
                continue
            columns = list(dict.fromkeys(column for row in rows for column in row))
            with (folder / f"{name}{suffix}.csv").open("w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, columns, restval="")
                writer.writeheader()
                writer.writerows(rows)
            dated = {"files": f"{name}_[0-9]*.csv", "loaded_at_from": DELIVERY}
            known = mapped.get(name, {}).get("columns", {})  # a night may not fill every column
            mapped[name] = {
                **(dated if suffix else {"files": f"{name}.csv"}),
                "columns": {**known, **{column: column for column in columns}},
            }
        mapping = {"version": 1, "source_id": self.source_id, "root": ".", "objects": mapped}
        path.write_text(yaml.safe_dump(mapping), encoding="utf-8")
        return path

    def load(self, mapping: Path, at: datetime, **options: Any) -> IngestReport:
        """Load what the files of a mapping hold and the landing does not."""
        report = ingest(load_mapping(mapping), self.settings, at, **options)
        assert report.is_ok, [result.line() for result in report.failures]
        assert not report.total("rows_quarantined"), [result.line() for result in report.results]
        return report


def total(reports: Iterable[IngestReport], count: str) -> int:
    """Sum of a count over several nights."""
    return sum(report.total(count) for report in reports)
