"""What `engagement` measures in a process of its own; imports are done before the clock starts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from data_quality.gates import run_gate
from data_quality.workspace import GateInputs, Published
from orchestration.checks.gates import duckdb_config
from orchestration.ingestion.ingest import ingest
from orchestration.ingestion.mapping_parser import load_mapping
from tests.benchmarks.costs import bytes_read, cost_here
from tests.benchmarks.dbt_builds import DbtPlace
from tests.benchmarks.engagement import build_by_hand

Spent = dict[str, float]


def land(place: DbtPlace, mapping: str, until: str) -> Spent:
    """Land what had been delivered by an instant."""
    instant = datetime.fromisoformat(until)

    def work() -> None:
        report = ingest(load_mapping(Path(mapping)), place.settings, instant, until=instant)
        assert report.is_ok, [result.message for result in report.failures]

    return _spent(work)


def gate(place: DbtPlace, layer: str, *instants: str) -> Spent:
    """Run a gate as of the last instant, after a release as of the first one where there are two."""
    import data_quality.engine  # noqa: F401 - takes seconds, and only here, before the clock starts

    moments = [datetime.fromisoformat(instant) for instant in instants]
    published = Published(as_of=moments[0], known_at=moments[0]) if len(moments) > 1 else None
    inputs = GateInputs(
        as_of=moments[-1],
        known_at=moments[-1],
        landing_dir=place.settings.landing_dir,
        quarantine_dir=place.settings.quarantine_dir,
        warehouse=None if layer == "raw" else place.settings.warehouse_path,
        published=published,
        duckdb_config=duckdb_config(place.settings),
    )

    def work() -> None:
        result = run_gate("raw" if layer == "raw" else "staging", inputs)
        crashed = [check.message for check in result.checks if check.crashed]
        assert not crashed, crashed

    return _spent(work)


def by_hand(place: DbtPlace, as_of: str) -> Spent:
    """Count active users by the script."""
    return _spent(lambda: build_by_hand(place, datetime.fromisoformat(as_of)))


PARTS: dict[str, Callable[..., Spent]] = {"land": land, "gate": gate, "by_hand": by_hand}


def _spent(work: Callable[[], object]) -> Spent:
    before = bytes_read()
    cost = cost_here(work)
    return {"cpu_seconds": cost.cpu_seconds, "read": bytes_read() - before}
