"""Counts of what stayed and what left, by segment and period, of the customers and of resamples of them.

A customer on a short term may leave in every month; one on a long term only in the month in which the term
ends. So a *period* is a month of life for the first and a term for the second.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

MONTH_COLUMNS = [
    "customer_id",
    "plan",
    "term_months",
    "period",
    "opening_mrr",
    "closing_mrr",
    "is_lost",
]
"""One row per customer and month that it was paying at the start of, or came back in.

`term_months`: months of the billing term. `period`: number of the month of life, or of the term that ends in
the month; 0 where a long term runs on. `is_lost`: it left in the month.
"""

LONG_TERM_MONTHS = 6
"""From so many months on a customer leaves at the end of a term, as in the health card."""


@dataclass(frozen=True)
class SegmentIndex:
    """The segments: plan and kind of term, in order; and the kind of each."""

    plans: tuple[str, ...]
    is_long: tuple[bool, ...]

    @classmethod
    def of(cls, *frames: pd.DataFrame) -> SegmentIndex:
        """Every segment that any row is in."""
        pairs = sorted(
            {
                (str(plan), bool(term >= LONG_TERM_MONTHS))
                for frame in frames
                for plan, term in frame[["plan", "term_months"]]
                .drop_duplicates()
                .itertuples(index=False)
            }
        )
        return cls(tuple(plan for plan, _ in pairs), tuple(is_long for _, is_long in pairs))

    def __len__(self) -> int:
        return len(self.plans)

    def locate(self, frame: pd.DataFrame) -> Ints:
        """Segment of each row."""
        numbers = {
            pair: number for number, pair in enumerate(zip(self.plans, self.is_long, strict=True))
        }
        is_long = (frame["term_months"] >= LONG_TERM_MONTHS).to_numpy(dtype=bool)
        pairs = zip(frame["plan"].astype(str), is_long.tolist(), strict=True)
        return np.fromiter((numbers[pair] for pair in pairs), dtype=np.intp, count=len(frame))


@dataclass(frozen=True)
class RetentionCounts:
    """Sums over resamples (first axis), segments and, where it says so, periods.

    at_risk, lost: MRR that could leave in the period, and that left; shape (draws, segments, periods).
    churners: customers who left, shape (segments,), of the customers themselves.
    churners_by_mrr: as many churners of equal MRR would say as much as these, (Σ MRR)² / Σ MRR², same shape.
    customers: customers who had a month there, same shape.
    opening, closing: MRR of those who stayed, before and after each month, and of those who came back after;
        shape (draws, segments).
    exposed, gone: MRR of all months, and what left; shape (draws,).
    """

    at_risk: Floats
    lost: Floats
    churners: Floats
    churners_by_mrr: Floats
    customers: Floats
    opening: Floats
    closing: Floats
    exposed: Floats
    gone: Floats


def resample(customers: int, draws: int, seed: int) -> Floats:
    """How often each customer is in each resample, shape (draws + 1, customers); the first is the customers.

    Each is there a Poisson-distributed number of times, all its months together: a bootstrap by account.
    """
    generator = np.random.Generator(np.random.PCG64(seed))
    times = generator.poisson(1.0, size=(draws, customers)).astype(np.float64)
    return np.vstack([np.ones((1, customers)), times])


def count(months: pd.DataFrame, segments: SegmentIndex, times: Floats) -> RetentionCounts:
    """Add the months up.

    Args:
        months: rows with `MONTH_COLUMNS`.
        segments: where each belongs.
        times: `resample`, its columns in the order of the sorted customers.
    """
    customer, names = pd.factorize(months["customer_id"], sort=True)
    if times.shape[1] != len(names):
        raise ValueError(f"{times.shape[1]} customers are resampled, {len(names)} have months")
    segment = segments.locate(months)
    period = months["period"].to_numpy(dtype=np.intp)
    opening = months["opening_mrr"].to_numpy(dtype=np.float64)
    closing = months["closing_mrr"].to_numpy(dtype=np.float64)
    is_lost = months["is_lost"].to_numpy(dtype=bool)
    periods = int(period.max(initial=0))
    asked = (period > 0) & (opening > 0)
    cell = segment * periods + period - 1

    # Summed once by customer and cell, so that a resample costs as many terms as there are such pairs.
    def by(rows: NDArray[np.bool_], group: Ints, width: int, value: Floats) -> Floats:
        keys = customer[rows] * width + group[rows]
        places, inverse = np.unique(keys, return_inverse=True)
        sums = np.bincount(inverse, weights=value[rows], minlength=len(places))
        owner, target = places // width, places % width
        # An empty sum would be whole numbers.
        return np.stack(
            [np.bincount(target, sums * row[owner], width).astype(np.float64) for row in times]
        )

    width = len(segments) * periods
    everyone = np.ones(len(months), dtype=bool)
    nowhere = np.zeros(len(months), dtype=np.intp)
    shape = (len(times), len(segments), periods)
    stays = ~is_lost
    churners = np.bincount(segment[is_lost & asked], minlength=len(segments))
    left = np.bincount(segment[is_lost], opening[is_lost], minlength=len(segments))
    squared = np.bincount(segment[is_lost], opening[is_lost] ** 2, minlength=len(segments))
    met = np.unique(customer * len(segments) + segment) % len(segments)
    return RetentionCounts(
        at_risk=by(asked, cell, width, opening).reshape(shape),
        lost=by(asked & is_lost, cell, width, opening).reshape(shape),
        churners=churners.astype(np.float64),
        churners_by_mrr=np.divide(left**2, squared, out=np.zeros(len(left)), where=squared > 0),
        customers=np.bincount(met, minlength=len(segments)).astype(np.float64),
        opening=by(stays, segment, len(segments), opening),
        closing=by(stays, segment, len(segments), closing),
        exposed=by(everyone, nowhere, 1, opening)[:, 0],
        gone=by(is_lost, nowhere, 1, opening)[:, 0],
    )
