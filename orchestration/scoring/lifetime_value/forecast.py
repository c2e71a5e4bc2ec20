"""The months ahead of today's customers: what a unit of MRR is expected to be, and to bring.

The MRR of a month counts in full at its start, as subscriptions are paid ahead; what leaves in a month is
missing from the next.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from orchestration.scoring.lifetime_value.segment_rates import SegmentRates

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

NRR_MONTHS = 12


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


def look_ahead(
    standing: Standing,
    rates: SegmentRates,
    horizon_months: int,
    discount_rate: float,
    fading_log_hazard: tuple[Floats, float] | None = None,
) -> Outlook:
    """What follows from the rates of the segments.

    Args:
        standing: of each customer.
        rates: of each resample and segment; periods beyond the last are like the last.
        horizon_months: months that are counted; twelve are looked at in any case.
        discount_rate: a year.
        fading_log_hazard: by how much the log hazard of each customer differs today from its segment's, shape
            (customers,), and the months after which half of that difference is gone; nothing where None.
    """
    draws, customers = len(rates.growth), len(standing.segment)
    growth = rates.growth[:, standing.segment]
    last = rates.stays.shape[2] - 1
    period = standing.periods.copy()
    alive = np.ones((draws, customers))
    grown = np.ones((draws, customers))
    value = np.zeros((draws, customers))
    survival, mrr = alive, grown
    for month in range(max(horizon_months, NRR_MONTHS)):
        if month < horizon_months:
            value += alive * grown * (1 + discount_rate) ** (-month / 12)
        ends = _ends(standing, month + 1)
        stays = rates.stays[:, standing.segment[ends], np.minimum(period[ends], last)]
        if fading_log_hazard is not None:
            differs, half_life = fading_log_hazard
            stays = stays ** np.exp(differs[ends] * 0.5 ** ((month + 0.5) / half_life))
        alive[:, ends] *= stays
        period[ends] += 1
        grown *= growth if month < NRR_MONTHS else rates.later_growth[:, np.newaxis]
        if month + 1 == NRR_MONTHS:
            survival, mrr = alive.copy(), alive * grown
    return Outlook(value, survival, mrr)


def _ends(standing: Standing, month: int) -> NDArray[np.bool_]:
    """Whose term ends in this month, counted from 1."""
    since = month - standing.months_to_end
    ended = (since >= 0) & (since % standing.term_months == 0)
    either: NDArray[np.bool_] = ended | (standing.term_months == 1)
    return either
