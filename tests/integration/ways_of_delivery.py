"""Ways in which the nights of one source can come into the landing, from one export to a load that is killed.

A night exports what was known then; dated files carry the instant of their delivery in their names.
"""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from orchestration.ingestion.compaction import compact
from orchestration.settings import PROJECT_ROOT
from tests.building.raw_files import Company, Rows, shuffled_and_doubled

NIGHTS = ("2025-03-08 02:00:00", "2025-03-20 02:00:00", "2025-12-20 02:00:00")
FIRST, SECOND, LAST = map(datetime.fromisoformat, NIGHTS)
# When every late row has come as well.
LATE = LAST + timedelta(days=1)
# Loads as a night does, but is killed for good at the n-th rename.
KILLED = """
import os, signal, sys
from datetime import datetime
from pathlib import Path
from orchestration.ingestion import landing
from orchestration.ingestion.ingest import ingest
from orchestration.ingestion.mapping_parser import load_mapping
from orchestration.settings import Settings

move, left = landing.move, int(sys.argv[4])

def counted(*paths):
    global left
    move(*paths)
    left -= 1
    if not left:
        os.kill(os.getpid(), signal.SIGKILL)

landing.move = counted
at = datetime.fromisoformat(sys.argv[3])
ingest(load_mapping(Path(sys.argv[1])), Settings(data_dir=Path(sys.argv[2])), at)
"""


@dataclass(frozen=True)
class Known:
    """What each night exports: all of it, and what a source delivers that knows what it sent before."""

    full: tuple[dict[str, Rows], ...]
    new: tuple[dict[str, Rows], ...]


def all_at_once(company: Company, known: Known) -> None:
    """One export of everything."""
    company.load(company.export(known.full[-1], "all"), LAST)


def night_by_night_each_twice(company: Company, known: Known) -> None:
    """Full exports night by night, each again under other names: then nothing may be landed."""
    for number, (objects, night) in enumerate(zip(known.full, NIGHTS, strict=True)):
        at = datetime.fromisoformat(night)
        assert company.load(company.export(objects, f"{number}"), at).total("rows_landed") > 0
        again = company.load(company.export(objects, f"{number}-again"), at)
        assert again.total("rows_landed") == 0


def shuffled(company: Company, known: Known) -> None:
    """Every row twice, in no order."""
    company.load(company.export(shuffled_and_doubled(known.full[-1], seed=7), "all"), LAST)


def delivered(company: Company, known: Known, *numbers: int) -> Path:
    """Put the dated files of some nights into the source's folder."""
    for number in numbers:
        mapping = company.deliver(known.new[number], NIGHTS[number])
    return mapping


def dated_files_at_once(company: Company, known: Known) -> None:
    """The files of all nights, met in one run."""
    company.load(delivered(company, known, 0, 1, 2), LATE)


def the_middle_last(company: Company, known: Known) -> None:
    """Nights one and three, and then a backfill of the second."""
    company.load(delivered(company, known, 0), FIRST)
    company.load(delivered(company, known, 2), LAST)
    company.load(delivered(company, known, 1), LATE)


def backwards(company: Company, known: Known) -> None:
    """The last night first; then the two before it, late."""
    company.load(delivered(company, known, 2), LAST)
    company.load(delivered(company, known, 1), LATE)
    company.load(delivered(company, known, 0), LATE + timedelta(days=1))


def delivered_again(company: Company, known: Known) -> None:
    """Night by night; then a later delivery repeats every row that ever came, in no order."""
    for number, night in enumerate(NIGHTS):
        company.load(delivered(company, known, number), datetime.fromisoformat(night))
    again = shuffled_and_doubled(known.full[-1], seed=3)
    report = company.load(company.deliver(again, str(LATE)), LATE)
    # An open period that came with a night is not open any more; events land again and count once.
    assert report.total("rows_already_landed") > 0


def read_again(company: Company, known: Known) -> None:
    """Night by night, and then a backfill that reads every file again: nothing is landed."""
    for number, night in enumerate(NIGHTS):
        mapping = delivered(company, known, number)
        company.load(mapping, datetime.fromisoformat(night))
    assert company.load(mapping, LATE, force=True).total("rows_landed") == 0


def killed_and_resumed(company: Company, known: Known) -> None:
    """A load of all files that is killed twice, at other renames each, and then goes on."""
    mapping = delivered(company, known, 0, 1, 2)
    for renames in ("3", "10"):
        words = [str(mapping), str(company.settings.data_dir), str(LATE), renames]
        child = subprocess.run(
            [sys.executable, "-c", KILLED, *words],
            cwd=PROJECT_ROOT,
            capture_output=True,
            check=False,
        )
        assert child.returncode == -signal.SIGKILL, child.stderr
    company.load(mapping, LATE)
    assert list((company.settings.landing_dir / "_tmp").glob("*")) == []


def compacted(company: Company, known: Known) -> None:
    """Night by night, past months being merged before each, as a nightly run does."""
    for number, night in enumerate(NIGHTS):
        at = datetime.fromisoformat(night)
        for name in known.full[-1]:
            compact(company.settings.landing_dir, name, at.date().replace(day=1))
        company.load(delivered(company, known, number), at)


WAYS: dict[str, Callable[[Company, Known], None]] = {
    "once": all_at_once,
    "nightly": night_by_night_each_twice,
    "shuffled": shuffled,
    "dated": dated_files_at_once,
    "backfill": the_middle_last,
    "backwards": backwards,
    "delivered_again": delivered_again,
    "read_again": read_again,
    "killed": killed_and_resumed,
    "compacted": compacted,
}
