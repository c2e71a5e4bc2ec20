"""Shares a segment's total out over its customers, so that they sum to it to the cent."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Cents = NDArray[np.int64]


def to_cents(amounts: Floats) -> Cents:
    """Amounts in whole hundredths, half away from zero."""
    cents: Cents = (np.sign(amounts) * np.floor(np.abs(amounts) * 100 + 0.5)).astype(np.int64)
    return cents


def share_out(total: int, weights: Floats) -> Cents:
    """Cents of each, by largest remainder; of equal remainders the first in order gets the cent.

    Args:
        total: cents to share out, 0 or more.
        weights: 0 or more; where all are 0, all get the same.

    Raises:
        ValueError: there is something to share and nobody to get it, or a weight is negative.
    """
    if total < 0 or (weights < 0).any():
        raise ValueError("A total and weights of 0 or more can be shared out, no others")
    if len(weights) == 0:
        if total:
            raise ValueError(f"{total} cents are to be shared out, and nobody is there to get them")
        return np.zeros(0, dtype=np.int64)
    if not weights.any():
        weights = np.ones(len(weights))
    exact = weights / weights.sum() * total
    shares: Cents = np.floor(exact).astype(np.int64)
    missing = total - int(shares.sum())
    first = np.argsort(shares - exact, kind="stable")
    if missing >= 0:
        shares[first[:missing]] += 1
    else:  # A floor of doubles can be one too many.
        shares[first[missing:]] -= 1
    return shares
