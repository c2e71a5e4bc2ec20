"""The companies that are measured, and where their raw files are kept between measurements."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from orchestration.ingestion.simulation import SimulationConfig, simulate


@dataclass(frozen=True)
class Size:
    """A simulated company: billing grows with the customers, usage with the events."""

    name: str
    customers: int
    events: int
    months: int = 36

    @property
    def config(self) -> SimulationConfig:
        """The simulation's settings."""
        return SimulationConfig(customers=self.customers, events=self.events, months=self.months)

    @property
    def last_day(self) -> date:
        """The last day whose data are complete when the last delivery is read."""
        return self.config.end - timedelta(days=1)

    def raw_files(self, work: Path) -> Path:
        """Simulate the company, or find it there already; returns the path of its mapping."""
        return simulate(self.config, work / f"raw_{self.name}").mapping


SIZES = {
    size.name: size
    for size in (
        Size("tiny", customers=25, events=2_000, months=4),
        Size("1m", customers=600, events=1_000_000),
        Size("5m", customers=3_000, events=5_000_000),
        Size("20m", customers=12_000, events=20_000_000),
        Size("100m", customers=60_000, events=100_000_000),
    )
}
