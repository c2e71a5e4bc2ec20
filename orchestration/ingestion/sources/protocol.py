"""What every source offers: deliveries of raw files, oldest first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from orchestration.ingestion.mapping import ObjectMapping


@dataclass(frozen=True)
class RawFile:
    """A raw file; `name` is how people and records call it."""

    name: str
    path: Path


@dataclass(frozen=True)
class Delivery:
    """Files of one object that came together.

    `delivered_at` is a naive UTC instant where the source knows when that was, else None: the run's
    start counts. For snapshots the files together are one full export.
    """

    files: tuple[RawFile, ...]
    delivered_at: datetime | None


@dataclass(frozen=True)
class Window:
    """A span of time, start inclusive, end exclusive, in naive UTC."""

    start: datetime
    end: datetime


class Source(Protocol):
    """A source of raw files."""

    def read(self, wanted: ObjectMapping, window: Window | None) -> Sequence[Delivery]:
        """Deliveries of one object, oldest first; those outside the window may be left out."""
