"""The revenue marts built by dbt against the same months in hand-written SQL over the same landing."""

from __future__ import annotations

import os
import sys
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

from orchestration.ingestion.ingest import ingest
from orchestration.ingestion.mapping_parser import load_mapping
from orchestration.settings import PROJECT_ROOT
from tests.benchmarks.by_hand import differences
from tests.benchmarks.costs import Cost, cost_of, middle
from tests.benchmarks.dbt_builds import MEMORY, THREADS, DbtPlace
from tests.benchmarks.sizes import Size

PROGRAM = """
import sys
from datetime import datetime
from pathlib import Path
from tests.benchmarks.by_hand import build_by_hand
landing, warehouse, as_of, threads, memory = sys.argv[1:]
build_by_hand(
    Path(landing), Path(warehouse), datetime.fromisoformat(as_of), threads=int(threads), memory=memory
)
"""


def measure_against_hand(size: Size, work: Path, *, repeats: int) -> dict[str, Any]:
    """Land a company, build it both ways and compare the months.

    The project is parsed before anything is measured, as it is on every night but the first.
    """
    place = DbtPlace(work / f"dbt_{size.name}").prepare()
    as_of = datetime.combine(size.last_day + timedelta(days=1), time())
    mapping = load_mapping(size.raw_files(work))
    # Neither side reads usage events; the landing has their empty file.
    read = [name for name in mapping.objects if name != "usage_events"]
    report = ingest(mapping, place.settings, as_of, objects=read)
    assert report.is_ok, [result.message for result in report.failures]
    by_hand = work / f"by_hand_{size.name}.duckdb"
    place.build(as_of)
    wholes, models, hands = [], [], []
    for _ in range(repeats):
        whole, rest = place.build(as_of)
        wholes.append(whole)
        models.append(rest)
        hands.append(_by_hand(place, by_hand, as_of))
    differing = differences(by_hand, place.settings.warehouse_path)
    if differing:
        raise AssertionError(f"Rows that differ from the marts: {differing}")
    whole, rest, hand = middle(wholes), middle(models), middle(hands)
    return {
        "repeats": repeats,
        "costs": {
            "dbt_process": whole.plain(),
            "dbt_without_start": rest.plain(),
            "by_hand": hand.plain(),
        },
        "ratios": {
            "dbt_process_to_by_hand": round(whole.cpu_seconds / hand.cpu_seconds, 2),
            "dbt_without_start_to_by_hand": round(rest.cpu_seconds / hand.cpu_seconds, 2),
        },
    }


def _by_hand(place: DbtPlace, warehouse: Path, as_of: datetime) -> Cost:
    command = [
        sys.executable, "-c", PROGRAM,
        str(place.settings.landing_dir), str(warehouse), as_of.isoformat(sep=" "), str(THREADS), MEMORY,
    ]  # fmt: skip
    environment = {**os.environ, "PYTHONPATH": str(PROJECT_ROOT)}
    return cost_of(command, environment, place.folder, place.folder / "by_hand.log")
