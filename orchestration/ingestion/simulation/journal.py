"""What happened, in the order in which the weeks were simulated: rows of arrays by kind.

The weekly steps write it; the modules that make raw objects read it. No rule belongs here.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from orchestration.ingestion.simulation.timeline import Ints

Rows: TypeAlias = dict[str, npt.NDArray[Any]]


class Journal:
    """Collects arrays of equal length under a kind and joins them at the end."""

    def __init__(self) -> None:
        self._parts: dict[str, list[Rows]] = defaultdict(list)

    def add(self, kind: str, **columns: npt.NDArray[Any]) -> None:
        """Write rows; an array of no rows is kept for its type."""
        self._parts[kind].append(columns)

    def read(self, kind: str) -> Rows:
        """All rows of a kind, in the order written."""
        return join_rows(*self._parts[kind])

    def clear(self) -> None:
        """Forget everything, to free memory."""
        self._parts.clear()


def join_rows(*parts: Rows) -> Rows:
    """Rows of several parts under one another."""
    return {name: np.concatenate([p[name] for p in parts]) for name in parts[0]}


def take_rows(rows: Rows, positions: Ints) -> Rows:
    """Rows at positions, in that order."""
    return {name: values[positions] for name, values in rows.items()}
