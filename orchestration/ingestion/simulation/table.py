"""Rows of one raw object before they are exported: contract columns and when they became known.

Also the few ways in which numpy arrays become Arrow columns. No business rule belongs here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from orchestration.ingestion.simulation.timeline import Bools, Floats, Ints


@dataclass
class Table:
    """Rows of one object under the contract's column names.

    `known_at` is the instant from which the source knows a row; deliveries are cut by it. Money is
    in minor units.
    """

    object_name: str
    columns: dict[str, Any]
    known_at: Ints

    def arrow(self) -> Any:
        """The columns as an Arrow table."""
        return pa.table(self.columns)


def ids(prefix: str, *numbers: Ints, width: int = 6) -> Any:
    """Identifiers such as `cus_000012`; more numbers are appended with `_`."""
    first = pc.utf8_lpad(pa.array(numbers[0]).cast(pa.string()), width, "0")
    rest = [pa.array(n).cast(pa.string()) for n in numbers[1:]]
    return pc.binary_join_element_wise(
        pa.scalar(prefix), pc.binary_join_element_wise(first, *rest, "_"), ""
    )


def where(column: Any, keep: Bools) -> Any:
    """The column with NULL where `keep` is false."""
    return pc.if_else(pa.array(keep), column, pa.scalar(None, column.type))


def instants(values: Ints) -> Any:
    """Timestamps; negative means none."""
    return pa.array(values, pa.int64(), mask=values < 0).cast(pa.timestamp("s"))


def days(values: Ints) -> Any:
    """Dates of instants; negative means none."""
    return instants(values).cast(pa.date32())


def integers(values: Ints, keep: Bools | None = None) -> Any:
    """Integers, NULL where `keep` is false."""
    return pa.array(values, pa.int64(), mask=None if keep is None else ~keep)


def numbers(values: Floats, keep: Bools | None = None, digits: int = 6) -> Any:
    """Exact decimals of floats, NULL where `keep` is false."""
    rounded = np.round(np.asarray(values, dtype=np.float64), digits)
    column = pa.array(rounded, mask=None if keep is None else ~keep)
    return pc.round(column, digits).cast(pa.decimal128(24, digits), safe=False)


def flags(values: Bools) -> Any:
    """Booleans."""
    return pa.array(values)


def words(vocabulary: Sequence[str], codes: Ints) -> Any:
    """Words by code; a negative code is NULL."""
    chosen = pa.array(codes, pa.int64(), mask=codes < 0)
    return pa.array(list(vocabulary), pa.string()).take(chosen)


def constant(value: str | None, rows: int) -> Any:
    """The same text, or NULL, in every row."""
    return pa.array([value] * rows, pa.string()) if value is None else pa.repeat(value, rows)
