"""What each segment's curve says of the end of the horizon, and whether a more flexible curve says the same.

A projection reaches far beyond the data, so it is published beside that of the beta-discrete-Weibull model, whose
chances may also change with time. Where both are far apart, the projection is not to be trusted.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from orchestration.scoring.lifetime_value import beta_discrete_weibull
from orchestration.scoring.lifetime_value.retention_counts import RetentionCounts, SegmentIndex
from orchestration.scoring.lifetime_value.segment_rates import (
    MONTHS_OF_LONG_TERM,
    OF_ALL,
    SegmentRates,
    lenders,
)


@dataclass(frozen=True)
class Projection:
    """Share of new MRR that is still there after the horizon, and where the curve comes from.

    check: the same by the beta-discrete-Weibull model; NaN with fewer than five periods, or a borrowed constant.
    """

    source: str
    survival: float
    check: float


def project(
    counts: RetentionCounts,
    rates: SegmentRates,
    segments: SegmentIndex,
    horizon_months: int,
    minimum_churners: int,
) -> tuple[Projection, ...]:
    """One projection per segment; years are taken for long terms."""
    found = []
    checks: dict[bytes, float] = {}
    for number, (source, of) in enumerate(lenders(counts, segments, minimum_churners)):
        months = MONTHS_OF_LONG_TERM if segments.is_long[number] else 1
        periods = horizon_months // months
        check = np.nan
        if source != OF_ALL:
            key = of.tobytes()
            if key not in checks:
                checks[key] = _check(counts, of, periods)
            check = checks[key]
        found.append(Projection(source, float(rates.stays[0, number, :periods].prod()), check))
    return tuple(found)


def _check(counts: RetentionCounts, of: np.ndarray, periods: int) -> float:
    at_risk = counts.at_risk[0, of].sum(axis=0)
    watched = at_risk > 0
    reached = len(watched) if watched.all() else int(np.argmin(watched))
    lost = counts.lost[0, of].sum(axis=0)
    fitted = beta_discrete_weibull.fit(at_risk[:reached], lost[:reached])
    return float(fitted.survival(np.array([periods], dtype=np.float64))[0]) if fitted else np.nan
