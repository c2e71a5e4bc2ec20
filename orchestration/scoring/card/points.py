"""Exact points: scores are counted in whole ten-thousandths of a point, so that parts add up to their sum.

Belongs here: the unit, rounding to it, sharing a total out. Not here: what the points are for.
"""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

UNITS_PER_POINT = 10_000
POINTS = pd.ArrowDtype(pa.decimal128(9, 4))


def to_units(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Points to units, half up; NaN stays NaN."""
    return np.floor(points * UNITS_PER_POINT + 0.5)


def to_points(units: NDArray[np.float64]) -> pd.Series:
    """Units to exact decimals of four digits; NaN becomes NULL."""
    missing = np.isnan(units)
    whole = pa.array(np.where(missing, 0, units).astype(np.int64), mask=missing)
    scaled = pc.multiply(
        pc.cast(whole, pa.decimal128(19, 0)), pa.scalar(Decimal("0.0001"), pa.decimal128(5, 4))
    )
    return pd.Series(pc.cast(scaled, pa.decimal128(9, 4)), dtype=POINTS)


def share_out(parts: NDArray[np.float64], totals: NDArray[np.float64]) -> NDArray[np.float64]:
    """Round each row of parts to whole units that sum exactly to the row's total (largest remainder).

    Args:
        parts: n × m exact shares in units, none negative; a row's sum is within half a unit of its total.
        totals: n whole numbers.

    Returns:
        n × m whole numbers; of equal remainders the first column wins.
    """
    whole = np.floor(parts)
    left = totals - whole.sum(axis=1)
    order = np.argsort(whole - parts, axis=1, kind="stable")
    rank = np.empty_like(order)
    np.put_along_axis(rank, order, np.arange(parts.shape[1])[np.newaxis, :], axis=1)
    is_raised: NDArray[np.bool_] = rank < left[:, np.newaxis]
    return whole + is_raised.astype(np.float64)
