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
    "month",
    "plan",
    "next_plan",
    "term_months",
    "period",
    "opening_mrr",
    "closing_mrr",
    "is_lost",
    "is_back",
]
"""One row per customer and month that it was paying at the start of, or came back in.

`month`: number of the calendar month. `plan`, `next_plan`: at its start and its end; missing at the end where
nothing is paid then. `term_months`: months of the billing term. `period`: number of the month of life, or of the
term that ends in the month; 0 where a long term runs on. `is_lost`: it left in the month. `is_back`: it had left
before and came back in it; who resumes after a pause never left.
"""

NRR_MONTHS = 12
"""Months that the forecast of NRR looks ahead."""

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
        return self._places(frame["plan"], self._is_long(frame))

    def locate_next(self, frame: pd.DataFrame) -> Ints:
        """Segment of each row a month later: that of its next plan, or its own where none like it is known."""
        now = self.locate(frame)
        later = self._places(frame["next_plan"], self._is_long(frame))
        return np.where(later < 0, now, later)

    @staticmethod
    def _is_long(frame: pd.DataFrame) -> NDArray[np.bool_]:
        return (frame["term_months"] >= LONG_TERM_MONTHS).to_numpy(dtype=bool)

    def _places(self, plan: pd.Series, is_long: NDArray[np.bool_]) -> Ints:
        numbers = {
            pair: number for number, pair in enumerate(zip(self.plans, self.is_long, strict=True))
        }
        pairs = zip(plan.astype(str), is_long.tolist(), strict=True)
        return np.fromiter(
            (numbers.get(pair, -1) for pair in pairs), dtype=np.intp, count=len(plan)
        )


@dataclass(frozen=True)
class RetentionCounts:
    """Sums over resamples (first axis), segments and, where it says so, periods.

    at_risk, lost: MRR that could leave in the period, and that left; shape (draws, segments, periods).
    churners: customers who left, shape (segments,), of the customers themselves.
    churners_by_mrr: as many churners of equal MRR would say as much as these, (Σ MRR)² / Σ MRR², same shape.
    customers: customers who had a month there, same shape.
    opening: MRR of those who stayed, before each month, shape (draws, segments).
    closing: theirs after it, by the segment that they are in then, shape (draws, segments, segments).
    exposed, gone: MRR of all months, and what left when a period ended; shape (draws,).
    running, broken: MRR of the months in which a long term runs on, and what left in them; shape (draws,).
    away, back: months that MRR which left was away for, as far as it is watched, and MRR that came back;
        shape (draws,).
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
    running: Floats
    broken: Floats
    away: Floats
    back: Floats


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

    many = len(segments)
    everyone = np.ones(len(months), dtype=bool)
    nowhere = np.zeros(len(months), dtype=np.intp)
    shape = (len(times), many, periods)
    stays = ~is_lost & ~months["is_back"].to_numpy(dtype=bool)
    runs_on = (period == 0) & (opening > 0)
    churners = np.bincount(segment[is_lost & asked], minlength=many)
    left = np.bincount(segment[is_lost], opening[is_lost], minlength=many)
    squared = np.bincount(segment[is_lost], opening[is_lost] ** 2, minlength=many)
    met = np.unique(customer * many + segment) % many
    pair = segment * many + segments.locate_next(months)
    away, back = _away_and_back(months, customer)
    return RetentionCounts(
        at_risk=by(asked, cell, many * periods, opening).reshape(shape),
        lost=by(asked & is_lost, cell, many * periods, opening).reshape(shape),
        churners=churners.astype(np.float64),
        churners_by_mrr=np.divide(left**2, squared, out=np.zeros(len(left)), where=squared > 0),
        customers=np.bincount(met, minlength=many).astype(np.float64),
        opening=by(stays, segment, many, opening),
        closing=by(stays, pair, many * many, closing).reshape(len(times), many, many),
        exposed=by(everyone, nowhere, 1, opening)[:, 0],
        gone=by(asked & is_lost, nowhere, 1, opening)[:, 0],
        running=by(runs_on, nowhere, 1, opening)[:, 0],
        broken=by(runs_on & is_lost, nowhere, 1, opening)[:, 0],
        away=by(everyone, nowhere, 1, away)[:, 0],
        back=by(everyone, nowhere, 1, back)[:, 0],
    )


def _away_and_back(months: pd.DataFrame, customer: Ints) -> tuple[Floats, Floats]:
    """Of each month in which a customer left: MRR × months until it was back, and MRR that it was back with.

    Watched are the months after it left, as many as a forecast of NRR looks ahead.
    """
    month = months["month"].to_numpy(dtype=np.int64)
    lost = np.flatnonzero(months["is_lost"].to_numpy(dtype=bool))
    back = np.flatnonzero(months["is_back"].to_numpy(dtype=bool))
    away, regained = np.zeros(len(months)), np.zeros(len(months))
    if not len(lost):
        return away, regained
    months_known = np.minimum(month.max() - month[lost], NRR_MONTHS)
    if len(back):
        # One key for customer and month; a customer comes back once at most between two departures.
        span = int(month.max() - month.min()) + 1 + NRR_MONTHS
        left_key = customer[lost] * 2 * span + month[lost] - month.min()
        back_key = customer[back] * 2 * span + month[back] - month.min()
        order = np.argsort(back_key, kind="stable")
        back, back_key = back[order], back_key[order]
        first = np.searchsorted(back_key, left_key, side="right")
        first = np.minimum(first, len(back) - 1)
        after = back_key[first] - left_key
        returned = (after > 0) & (after <= months_known)
        months_known = np.where(returned, after, months_known)
        amount = months["closing_mrr"].to_numpy(dtype=np.float64)[back[first]]
        regained[lost] = np.where(returned, amount, 0.0)
    away[lost] = months["opening_mrr"].to_numpy(dtype=np.float64)[lost] * months_known
    return away, regained
