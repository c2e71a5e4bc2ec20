"""What the footer of a Parquet file says about all of its rows, without reading one of them."""

from __future__ import annotations

from typing import Any

import pyarrow.parquet as pq


def holds_only(footer: pq.FileMetaData, column: str, value: str) -> bool:
    """True when every row has this value in the column."""
    return all(
        statistics is not None
        and statistics.has_min_max
        and statistics.min == statistics.max == value
        and statistics.null_count == 0
        for statistics in _statistics(footer, column)
    )


def within_calendar(footer: pq.FileMetaData, column: str) -> bool:
    """True when every instant or day is one that Python can hold: years 1 to 9999."""
    try:
        return all(
            s is not None
            and ((s.has_min_max and s.min <= s.max) or (s.has_null_count and s.num_values == 0))
            for s in _statistics(footer, column)
        )
    except (OverflowError, ValueError):
        return False


def without_empty_text(footer: pq.FileMetaData) -> frozenset[str]:
    """Columns in which no value is the empty text."""
    names = [footer.schema.column(position).path for position in range(footer.num_columns)]
    return frozenset(
        name for name in names if all(_above_empty(s) for s in _statistics(footer, name))
    )


def _above_empty(statistics: Any) -> bool:
    if statistics is None:
        return False
    if statistics.has_min_max:
        return statistics.min not in ("", b"")
    return bool(statistics.has_null_count and statistics.num_values == 0)


def _statistics(footer: pq.FileMetaData, column: str) -> list[Any]:
    paths = [footer.schema.column(position).path for position in range(footer.num_columns)]
    position = paths.index(column)
    return [
        footer.row_group(group).column(position).statistics
        for group in range(footer.num_row_groups)
    ]
