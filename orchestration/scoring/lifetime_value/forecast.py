"""The months ahead of today's customers: what a unit of MRR is expected to be, and to bring.

The MRR of a month counts in full at its start, as subscriptions are paid ahead; what leaves in a month is
missing from the next.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from orchestration.scoring.lifetime_value.fading import Fading
from orchestration.scoring.lifetime_value.retention_counts import NRR_MONTHS
from orchestration.scoring.lifetime_value.segment_rates import SegmentRates

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

LARGEST = 4_000_000
"""Numbers in an array of resamples, segments and customers; more customers are looked at in parts."""


@dataclass(frozen=True)
class Standing:
    """Where customers stand today; arrays by customer, or by group of customers who stand alike.

    segment: number of the segment.
    periods: periods of life completed.
    months_to_end: months until the first term ends; 0 where every month is one.
    term_months: months between ends of terms after it; 1 where every month is one.
    """

    segment: Ints
    periods: Ints
    months_to_end: Ints
    term_months: Ints

    def grouped(self) -> tuple[Standing, Ints]:
        """Customers who stand alike as one, and the group of each customer."""
        table = np.column_stack([self.segment, self.periods, self.months_to_end, self.term_months])
        groups, number = np.unique(table, axis=0, return_inverse=True)
        segment, periods, months_to_end, term_months = groups.T
        return Standing(segment, periods, months_to_end, term_months), number.reshape(-1)

    def part(self, rows: slice) -> Standing:
        """Some of the customers."""
        return Standing(
            self.segment[rows],
            self.periods[rows],
            self.months_to_end[rows],
            self.term_months[rows],
        )


@dataclass(frozen=True)
class Outlook:
    """Per unit of today's MRR, shape (draws, customers).

    value: discounted sum of the MRR of all months of the horizon.
    survival: share still paying after twelve months.
    mrr: expected MRR after twelve months.
    """

    value: Floats
    survival: Floats
    mrr: Floats


@dataclass(frozen=True)
class Apart:
    """What sets customers apart from their segment; arrays by customer.

    log_hazard: by how much the log hazard differs today.
    is_leaving: it has said that it leaves when its term ends.
    fading: how much of the difference is left after how long.
    """

    log_hazard: Floats
    is_leaving: NDArray[np.bool_]
    fading: Fading

    def part(self, rows: slice) -> Apart:
        """Some of the customers."""
        return Apart(self.log_hazard[rows], self.is_leaving[rows], self.fading)


def look_ahead(
    standing: Standing,
    rates: SegmentRates,
    horizon_months: int,
    discount_rate: float,
    apart: Apart | None = None,
) -> Outlook:
    """What follows from the rates of the segments.

    Args:
        standing: of each customer.
        rates: of each resample and segment; periods beyond the last are like the last.
        horizon_months: months that are counted; twelve are looked at in any case.
        discount_rate: a year.
        apart: what sets each customer apart; nothing where None.
    """
    draws, many = rates.moves.shape[:2]
    size = max(1, LARGEST // (draws * many))
    rows = [slice(i, i + size) for i in range(0, max(len(standing.segment), 1), size)]
    parts = [
        _look_ahead(
            standing.part(some), rates, horizon_months, discount_rate, apart and apart.part(some)
        )
        for some in rows
    ]
    return Outlook(
        np.concatenate([part.value for part in parts], axis=1),
        np.concatenate([part.survival for part in parts], axis=1),
        np.concatenate([part.mrr for part in parts], axis=1),
    )


def _look_ahead(
    standing: Standing,
    rates: SegmentRates,
    horizon_months: int,
    discount_rate: float,
    apart: Apart | None,
) -> Outlook:
    draws, many = rates.moves.shape[:2]
    customers = len(standing.segment)
    paths = np.argwhere(rates.moves.any(axis=0))
    last = rates.stays.shape[2] - 1
    period = standing.periods.copy()
    alive = np.ones((draws, customers))
    mrr = np.zeros((draws, many, customers))
    mrr[:, standing.segment, np.arange(customers)] = 1
    value = np.zeros((draws, customers))
    survival, expected, regained = alive, alive, np.zeros((draws, customers))
    for month in range(max(horizon_months, NRR_MONTHS)):
        if month < horizon_months:
            value += mrr.sum(axis=1) * (1 + discount_rate) ** (-month / 12)
        ends = _ends(standing, month + 1)
        stays = np.empty((draws, many, customers))
        stays[:] = rates.runs_on[:, np.newaxis, np.newaxis]
        stays[:, :, ends] = rates.stays[:, :, np.minimum(period[ends], last)]
        if apart is not None:
            stays **= np.exp(apart.log_hazard * apart.fading.left_after(month + 0.5))
            stays[:, :, ends & apart.is_leaving] = 0
        alive = alive * stays[:, standing.segment, np.arange(customers)]
        stayed = mrr * stays
        if month < NRR_MONTHS:
            chance = 1 - (1 - rates.returns) ** (NRR_MONTHS - month - 1)
            regained += (mrr - stayed).sum(axis=1) * chance[:, np.newaxis]
        period[ends] += 1
        mrr = np.zeros_like(stayed)
        for now, then in paths:
            mrr[:, then] += stayed[:, now] * rates.moves[:, now, then, np.newaxis]
        if month + 1 == NRR_MONTHS:
            survival, expected = alive.copy(), mrr.sum(axis=1) + regained
    return Outlook(value, survival, expected)


def _ends(standing: Standing, month: int) -> NDArray[np.bool_]:
    """Whose term ends in this month, counted from 1."""
    since = month - standing.months_to_end
    ended = (since >= 0) & (since % standing.term_months == 0)
    either: NDArray[np.bool_] = ended | (standing.term_months == 1)
    return either
