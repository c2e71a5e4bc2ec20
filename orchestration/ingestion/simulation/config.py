"""What a simulated company is made of: its size, span and seed, and the report of a simulation.

Settings only; nothing here draws a number or writes a file.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path

HISTORY_LAG_DAYS = 14
"""The history is delivered this many days before the end; a delivery a day follows."""

Progress = Callable[[str], None]


@dataclass(frozen=True)
class SimulationConfig:
    """One simulated company.

    `customers` and `events` are totals over `horizon_months` (by default `months`). Two companies
    that differ in `months` alone, with the same `horizon_months`, share their past: what happens
    before the shorter one's end is the same in both.
    """

    seed: int = 20
    customers: int = 600
    start: date = date(2023, 1, 1)
    months: int = 36
    events: int = 1_000_000
    horizon_months: int | None = None

    def __post_init__(self) -> None:
        for name, least in (("seed", 0), ("customers", 1), ("months", 1), ("events", 0)):
            if getattr(self, name) < least:
                raise ValueError(f"{name} of the simulated company must be at least {least}")
        if self.horizon < self.months:
            raise ValueError(f"horizon_months must be at least months ({self.months})")

    @property
    def horizon(self) -> int:
        """Months that are simulated; only the first `months` are written."""
        return self.months if self.horizon_months is None else self.horizon_months

    @property
    def end(self) -> date:
        """First day that is not simulated: the last delivery's date."""
        return add_calendar_months(self.start, self.months)

    @property
    def history_date(self) -> date:
        """Date of the delivery that holds the history."""
        return self.end - timedelta(days=HISTORY_LAG_DAYS)

    @property
    def fingerprint(self) -> str:
        """Hash of the settings and of the code's version: same fingerprint, same bytes."""
        text = json.dumps({**asdict(self), "code": code_version()}, default=str, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class SimulationReport:
    """What a simulation wrote; `rows` leaves out files that are delivered a second time."""

    directory: Path
    mapping: Path
    files: tuple[str, ...]
    rows: dict[str, int]
    data_through: datetime


@cache
def code_version() -> str:
    """Hash of this package's sources: whatever is changed here simulates anew."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def add_calendar_months(day: date, months: int) -> date:
    """Add months to a date, clamped to the month's end."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    first_after = date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1)
    last = (first_after - timedelta(days=1)).day
    return date(year, month + 1, min(day.day, last))


def midnight(day: date) -> datetime:
    """Start of a day, UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
