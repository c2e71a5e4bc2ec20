"""Cuts tables into deliveries: the history first, then a file a day with what became known.

Appended and changed rows are delivered once; full exports are repeated when they changed and once a
week. What the quirks of real exports add comes later, in `quirks`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from orchestration.ingestion.simulation.table import Table
from orchestration.ingestion.simulation.timeline import Ints

Parts = dict[int, Any]
"""Arrow tables by the number of the delivery (0 is the history)."""

REPEAT_DAYS = 7


def delivery_of(known_at: Ints, deliveries: list[int]) -> Ints:
    """Number of the delivery that first holds what became known then; the last plus one: none."""
    return np.searchsorted(np.array(deliveries), known_at, side="right").astype(np.int64)


def cut_changes(table: Table, deliveries: list[int]) -> Parts:
    """Rows of each delivery; a delivery without rows has no entry, but the history always has."""
    number = delivery_of(table.known_at, deliveries)
    order = np.argsort(table.known_at, kind="stable")
    sorted_numbers = number[order]
    rows = table.arrow().take(pa.array(order))
    parts: Parts = {}
    for index in range(len(deliveries)):
        first, last = np.searchsorted(sorted_numbers, [index, index + 1])
        if last > first or index == 0:
            parts[index] = rows.slice(first, last - first)
    return parts


def cut_snapshots(table: Table, deliveries: list[int], hides_after: str | None = None) -> Parts:
    """Full exports: when rows came in or a hidden instant has come, and weekly."""
    number = delivery_of(table.known_at, deliveries)
    rows = table.arrow()
    parts: Parts = {}
    before: Any = None
    for index, instant in enumerate(deliveries):
        export = rows.filter(pa.array(number <= index))
        if hides_after is not None:
            export = _hide(export, hides_after, instant)
        if index % REPEAT_DAYS == 0 or not export.equals(before):
            parts[index] = export
        before = export
    return parts


def _hide(rows: Any, column: str, instant: int) -> Any:
    limit = pa.scalar(instant, pa.int64()).cast(pa.timestamp("s"))
    shown = pc.fill_null(pc.less(rows[column], limit), False)
    hidden = pc.if_else(shown, rows[column], pa.scalar(None, pa.timestamp("s")))
    return rows.set_column(rows.column_names.index(column), column, hidden)
