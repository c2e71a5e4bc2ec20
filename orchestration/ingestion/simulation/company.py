"""The simulated company as a whole: from settings to a folder of raw files.

Puts the parts in order: who, what happened, raw objects, deliveries, quirks, files. The folder is
made beside its final place and renamed when complete.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from data_quality.contracts import load_contracts
from orchestration.ingestion.simulation.config import (
    Progress,
    SimulationConfig,
    SimulationReport,
    midnight,
)
from orchestration.ingestion.simulation.deliveries import cut_changes, cut_snapshots
from orchestration.ingestion.simulation.dynamics import live
from orchestration.ingestion.simulation.event_files import write_events
from orchestration.ingestion.simulation.exports import EXPORTS
from orchestration.ingestion.simulation.mapping_file import write_mapping
from orchestration.ingestion.simulation.objects import tables
from orchestration.ingestion.simulation.population import populate
from orchestration.ingestion.simulation.quirks import REPEATED_WHOLE, Quirks
from orchestration.ingestion.simulation.reshaping import reshape
from orchestration.ingestion.simulation.streams import Streams
from orchestration.ingestion.simulation.timeline import Timeline
from orchestration.ingestion.simulation.truth import write_truth
from orchestration.ingestion.simulation.usage import Usage
from orchestration.ingestion.simulation.users import recruit
from orchestration.ingestion.simulation.writer import day_name, repeat_file, write

MANIFEST = "manifest.json"


def _silent(_: str) -> None:
    """Report nothing."""


def simulate(
    config: SimulationConfig, out_dir: Path, progress: Progress | None = None
) -> SimulationReport:
    """Write the raw files of a simulated company to `out_dir`, or return at once if they are there.

    The folder holds `raw/<object>/<delivery date>…`, `mapping.yml`, `truth/hazards.parquet` and a
    manifest. A folder made by other settings or another version of the code is replaced as a whole.

    Raises:
        FileExistsError: `out_dir` holds something that is no simulated company.
    """
    tell = progress or _silent
    known = _read_manifest(out_dir, config)
    if known is not None:
        tell(f"The simulated company in {out_dir} is up to date.")
        return known
    _refuse_strangers(out_dir)
    out_dir.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=f".{out_dir.name}.", dir=out_dir.parent))
    try:
        rows = _write_company(config, work, tell)
        _write_manifest(config, work, rows)
        work.chmod(0o755)
        if out_dir.exists():
            shutil.rmtree(out_dir)
        work.rename(out_dir)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    report = _read_manifest(out_dir, config)
    if report is None:
        raise RuntimeError(f"{out_dir / MANIFEST} changed while it was written; simulate again")
    return report


def _write_company(config: SimulationConfig, work: Path, tell: Progress) -> dict[str, int]:
    timeline, streams = Timeline(config), Streams(config.seed)
    tell(f"Simulating {config.customers} customers over {timeline.weeks} weeks.")
    life = live(populate(config.customers, timeline, streams), timeline, streams)
    users = recruit(life, timeline, streams)
    contracts = load_contracts()
    quirks, rows = Quirks(streams), dict.fromkeys(EXPORTS, 0)
    for table in tables(life, users, timeline, streams):
        name = table.object_name
        export = EXPORTS[name]
        _compare(name, list(table.columns), contracts[name].column_names)
        if contracts[name].load_mode == "snapshot":
            parts = cut_snapshots(table, timeline.deliveries, export.hides_after)
        else:
            parts = cut_changes(table, timeline.deliveries)
        parts = quirks.distort(name, parts)
        for number, part in parts.items():
            stem = work / "raw" / name / day_name(timeline.deliveries[number])
            raw = quirks.spoil(name, number, reshape(part, export))
            if export.file_format == "jsonl" and not raw.num_rows:
                continue  # Without rows such a file would not even tell its columns.
            rows[name] += raw.num_rows
            path = write(raw, stem, export.file_format)
            if REPEATED_WHOLE.get(name) == number:
                repeat_file(path, timeline.deliveries[number + 1])
        tell(f"{name}: {rows[name]} rows")
    write_truth(life, timeline, work / "truth")
    usage = Usage(life, users, timeline, streams, config.events)
    life.journal.clear()
    rows["usage_events"] = write_events(
        usage, timeline, streams, work / "raw" / "usage_events", tell
    )
    write_mapping(work / "mapping.yml", list(rows))
    return rows


def _compare(name: str, made: list[str], wanted: Sequence[str]) -> None:
    if set(made) != set(wanted):
        odd = ", ".join(sorted(set(made) ^ set(wanted)))
        raise ValueError(f"{name}: the simulated company and the contract differ in {odd}")


def _refuse_strangers(out_dir: Path) -> None:
    if out_dir.exists() and not (out_dir / MANIFEST).is_file() and any(out_dir.iterdir()):
        raise FileExistsError(
            f"{out_dir} holds files that are no simulated company; name another or an empty folder"
        )


def _write_manifest(config: SimulationConfig, work: Path, rows: dict[str, int]) -> None:
    files = sorted(str(p.relative_to(work)) for p in work.rglob("*") if p.is_file())
    manifest = {
        "fingerprint": config.fingerprint,
        "data_through": config.end.isoformat(),
        "rows": dict(sorted(rows.items())),
        "files": files,
    }
    (work / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")


def _read_manifest(out_dir: Path, config: SimulationConfig) -> SimulationReport | None:
    path = out_dir / MANIFEST
    if not path.is_file():
        return None
    manifest = json.loads(path.read_text(encoding="utf-8"))
    if manifest["fingerprint"] != config.fingerprint:
        return None
    if not all((out_dir / name).is_file() for name in manifest["files"]):
        return None
    return SimulationReport(
        directory=out_dir,
        mapping=out_dir / "mapping.yml",
        files=tuple(manifest["files"]),
        rows=manifest["rows"],
        data_through=midnight(date.fromisoformat(manifest["data_through"])),
    )
