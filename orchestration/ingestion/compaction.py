"""Merges the old loads of a month into one file, so that years of nightlies stay quick to read.

Rows keep their `_loaded_at` and `_load_id`, and the records of the loads stay. The steps are written
to a journal first: readers may miss rows while `recover_compactions` has not finished after a crash,
but never see one twice.

Events are merged in the order of their time, so that who wants some days of them skips the rest of the
file: a daily file alone holds rows of weeks ago and of a wrong clock's future. A load that is large by
itself stays as it is: a history is one load, and to write it again would cost a night for nothing.
"""

from __future__ import annotations

import json
import shutil
from collections import defaultdict
from datetime import date
from pathlib import Path
from typing import Final

import pyarrow.parquet as pq

from data_quality.contracts import load_contracts
from data_quality.quoting import identifier, literal, literals
from orchestration.ingestion.durable import force, move, write_text
from orchestration.ingestion.landing import TMP_DIR, glob_literal
from orchestration.ingestion.session import connect

_JOURNAL: Final = "journal.json"
_MERGED: Final = "load_id=month-"
LARGE_ROWS: Final = 1_000_000


def compact(
    landing_dir: Path,
    object_name: str,
    before: date,
    *,
    threads: int = 1,
    memory_limit: str = "1GB",
) -> list[str]:
    """Merge loads of whole months that ended by `before`; returns the months that were merged."""
    recover_compactions(landing_dir)
    merged = []
    for month, found in sorted(_months(landing_dir / object_name, before).items()):
        folders = _small(found) if len(found) > 1 else found
        if len(folders) < 2:
            continue
        work = landing_dir / TMP_DIR / f"compact.{object_name}.{month}"
        shutil.rmtree(work, ignore_errors=True)
        part = work / "merged" / "part-0001.parquet"
        part.parent.mkdir(parents=True)
        patterns = [f"{glob_literal(folder)}/*.parquet" for folder in folders]
        with connect(work / "spill", threads, memory_limit) as connection:
            connection.execute(
                f"copy (from read_parquet([{literals(patterns)}], union_by_name=true, "
                f"hive_partitioning=false){_order(object_name)}) to {literal(str(part))} (format parquet)"
            )
        force(part)
        journal = {"object": object_name, "month": month, "replaces": [f.name for f in folders]}
        write_text(work / _JOURNAL, json.dumps(journal))
        _finish(landing_dir, work)
        merged.append(month)
    return merged


def recover_compactions(landing_dir: Path) -> list[str]:
    """Finish what a crash interrupted, or throw it away where nothing had been moved yet."""
    done = []
    for work in sorted((landing_dir / TMP_DIR).glob("compact.*")):
        if (work / _JOURNAL).exists():
            _finish(landing_dir, work)
            done.append(f"finished the interrupted compaction {work.name.removeprefix('compact.')}")
        else:
            shutil.rmtree(work)
    return done


def _months(folder: Path, before: date) -> dict[str, list[Path]]:
    months: defaultdict[str, list[Path]] = defaultdict(list)
    for path in sorted(folder.glob("load_id=*")):
        name = path.name.removeprefix("load_id=").removeprefix("month-")
        month = f"{name[:4]}-{name[4:6]}"
        year, number = int(name[:4]), int(name[4:6])
        if date(year + number // 12, number % 12 + 1, 1) <= before:
            months[month].append(path)
    return months


def _small(folders: list[Path]) -> list[Path]:
    """Loads that are worth merging, and the month's merged file, which takes up what came after it."""
    return [
        folder
        for folder in folders
        if folder.name.startswith(_MERGED)
        or sum(pq.read_metadata(path).num_rows for path in folder.glob("*.parquet")) < LARGE_ROWS
    ]


def _order(object_name: str) -> str:
    contract = load_contracts().get(object_name)
    if contract is None or contract.load_mode != "append" or not contract.event_time:
        return ""
    return f" order by {identifier(contract.event_time)}"


def _finish(landing_dir: Path, work: Path) -> None:
    """Move the old loads out, then the merged one in; each step may have been done before."""
    journal = json.loads((work / _JOURNAL).read_text(encoding="utf-8"))
    folder = landing_dir / journal["object"]
    target = folder / f"{_MERGED}{journal['month'].replace('-', '')}"
    merged = work / "merged"
    if merged.exists():
        for name in journal["replaces"]:
            if (folder / name).exists():
                move(folder / name, work / "old" / name)
        move(merged, target)
    shutil.rmtree(work)
