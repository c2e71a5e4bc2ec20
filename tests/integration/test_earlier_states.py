"""`tenure run --as-of` builds an earlier state again, byte for byte what was published then.

Two nights of the company of all stories are published by the command line with a clock that is told.
The second brings corrections, late rows and a row that vanished; the landing is then compacted.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from orchestration.cli import run as cli_run
from orchestration.cli.app import run_app
from orchestration.ingestion.compaction import compact
from orchestration.publishing.catalog import Release, current_release, list_releases
from orchestration.runs import RunRecord, last_record
from tests.building.raw_files import Company, Rows, known_by, rows_of_stories

pytestmark = pytest.mark.slow

FIRST, SECOND = (datetime(2025, 3, day, 2, 0, tzinfo=UTC) for day in (8, 20))
REBUILT_AT = datetime(2025, 4, 3, 9, 0, tzinfo=UTC)
# What tells one run from another, and not one state from another.
OF_THE_RUN = {"run_id", "published_at", "previous_run_id", "checks", "restatements", "files"}


def corrected(objects: dict[str, Rows]) -> dict[str, Rows]:
    """The second night's export: an old amount corrected, an old row new, an old row gone."""
    periods = objects["billing_subscription_periods"]
    first = {**periods[0], "amount_minor": str(int(periods[0]["amount_minor"]) + 100)}
    late = {**periods[1], "subscription_id": "late", "customer_id": periods[1]["customer_id"]}
    return {**objects, "billing_subscription_periods": [first, *periods[1:-1], late]}


class Nights:
    """Runs `tenure` at told instants on one data directory."""

    def __init__(self, root: Path, patch: pytest.MonkeyPatch) -> None:
        self.company = Company(root)
        self.data = self.company.settings.data_dir
        self.patch = patch

    def deliver(self, objects: dict[str, Rows]) -> None:
        shutil.rmtree(self.company.root / "company-exports", ignore_errors=True)
        self.mapping = self.company.export(objects, "exports")

    def run(self, at: datetime, *words: str) -> RunRecord:
        self.patch.setattr(cli_run, "clock", lambda: at)
        place = ["--data-dir", str(self.data), "--source", str(self.mapping)]
        assert run_app(["run", *place, *words]) == 0
        record = last_record(self.data / "runs")
        assert record is not None
        return record


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with pytest.MonkeyPatch.context() as patch:
        made = Nights(tmp_path_factory.mktemp("nights"), patch)
        objects = rows_of_stories()
        made.deliver(known_by(objects, "2025-03-08 02:00:00"))
        made.run(FIRST)
        made.deliver(corrected(known_by(objects, "2025-03-20 02:00:00")))
        made.run(SECOND, "--reason", "the correction of a test")
        for name in objects:
            compact(made.company.settings.landing_dir, name, date(2025, 4, 1))
        yield made


@pytest.fixture(scope="module")
def rebuilt(nights: Nights) -> RunRecord:
    return nights.run(REBUILT_AT, "--as-of", "2025-03-07")


def released(folder: Path) -> Release:
    release = current_release(folder)
    assert release is not None
    return release


def parquet(release: Release) -> dict[str, str]:
    """SHA-256 of each table's file, but of the one that names the run."""
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted((release.path / "parquet").glob("*.parquet"))
        if path.stem != "meta_refresh"
    }


def test_the_second_night_restated_the_first(nights: Nights) -> None:
    second, first = list_releases(nights.data / "releases")
    assert second.manifest["restatements"]
    assert (
        parquet(first)["fct_mrr_movements.parquet"] != parquet(second)["fct_mrr_movements.parquet"]
    )
    assert list((nights.data / "landing").glob("*/load_id=month-*"))


def test_every_table_has_the_bytes_that_were_published(nights: Nights, rebuilt: RunRecord) -> None:
    first = list_releases(nights.data / "releases")[-1]
    again = released(nights.data / "rebuilds" / rebuilt.run_id)
    assert len(parquet(first)) > 10
    assert parquet(again) == parquet(first)
    facts = [
        {name: fact for name, fact in release.manifest.items() if name not in OF_THE_RUN}
        for release in (first, again)
    ]
    for fact in facts:
        fact["tables"].pop("meta_refresh")
    assert facts[0] == facts[1]


def test_readers_and_landing_notice_nothing(nights: Nights, rebuilt: RunRecord) -> None:
    second, first = list_releases(nights.data / "releases")
    assert released(nights.data / "releases").run_id == second.run_id
    assert rebuilt.rebuilds == first.run_id
    assert rebuilt.known_at == FIRST
    assert rebuilt.steps["landing"].told == "nothing new"
    assert f"the same as {first.run_id}" in rebuilt.steps["release"].told
    assert not (nights.data / "rebuilds" / rebuilt.run_id / "warehouse").exists()
    records = [json.loads(path.read_text()) for path in nights.data.glob("landing/_loads/*.json")]
    assert max(record["loaded_at"] for record in records) < "2025-04"
