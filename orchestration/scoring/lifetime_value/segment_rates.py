"""What a segment keeps of its MRR from period to period, and by how much those who stay grow.

Hazards are weighted by MRR: a rate that counts heads misstates money wherever small customers leave more.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from orchestration.scoring.lifetime_value import shifted_beta_geometric
from orchestration.scoring.lifetime_value.retention_counts import RetentionCounts, SegmentIndex

Floats = NDArray[np.float64]

OWN, OF_TERM, OF_ALL = "own", "of all plans of the term", "of all customers"
MONTHS_OF_LONG_TERM = 12


@dataclass(frozen=True)
class SegmentRates:
    """Rates by resample and segment.

    stays: share of the MRR that does not leave in each period of life, shape (draws, segments, periods).
    growth: MRR after a month of those who stay, per MRR before it, shape (draws, segments).
    later_growth: the same of all customers, shape (draws,): whoever grows moves on to another plan, so that no
        segment keeps its own pace for years.
    sources: whose retention each segment has: its own, or borrowed from those above it.
    """

    stays: Floats
    growth: Floats
    later_growth: Floats
    sources: tuple[str, ...]

    def of_customers(self) -> SegmentRates:
        """Those of the customers themselves, without resamples."""
        return SegmentRates(self.stays[:1], self.growth[:1], self.later_growth[:1], self.sources)


def rate(
    counts: RetentionCounts, segments: SegmentIndex, periods: int, minimum_churners: int
) -> SegmentRates:
    """Rates of every segment for so many periods.

    A segment with too few churners borrows from all plans of the same kind of term, and where those are too
    few as well from all customers, whose hazard per month of exposure is then the same in each period.
    """
    ahead = np.arange(1, periods + 1, dtype=np.float64)
    is_long = np.array(segments.is_long, dtype=bool)
    constant = 1 - _ratio(counts.gone, counts.exposed, 0.0)
    stays = np.ones((len(counts.exposed), len(segments), periods))
    growth = np.ones((len(counts.exposed), len(segments)))
    sources = []
    for segment in range(len(segments)):
        alike = is_long == is_long[segment]
        if counts.churners[segment] >= minimum_churners:
            source, of = OWN, np.arange(len(segments)) == segment
        elif counts.churners[alike].sum() >= minimum_churners:
            source, of = OF_TERM, alike
        else:
            source, of = OF_ALL, np.ones(len(segments), dtype=bool)
        if source == OF_ALL:
            months = MONTHS_OF_LONG_TERM if is_long[segment] else 1
            stays[:, segment] = (constant**months)[:, np.newaxis]
        else:
            evidence = float(counts.churners_by_mrr[of].sum())
            stays[:, segment] = _fitted(
                counts.at_risk[:, of].sum(axis=1), counts.lost[:, of].sum(axis=1), evidence, ahead
            )
        sources.append(source)
        enough = counts.customers[segment] >= minimum_churners
        grown = np.arange(len(segments)) == segment if enough else alike
        if counts.customers[grown].sum() < minimum_churners:
            grown = np.ones(len(segments), dtype=bool)
        growth[:, segment] = _ratio(
            counts.closing[:, grown].sum(axis=1), counts.opening[:, grown].sum(axis=1), 1.0
        )
    later = _ratio(counts.closing.sum(axis=1), counts.opening.sum(axis=1), 1.0)
    return SegmentRates(stays, growth, later, tuple(sources))


def _fitted(at_risk: Floats, lost: Floats, churners: float, ahead: Floats) -> Floats:
    """Share that stays in each period, shape (draws, periods).

    Customers who differ are told from customers who are all alike by the likelihood of both, as far as so many
    churners can tell (Schwarz 1978): a curve that levels off beyond the data has to be earned, since it is worth
    far more than one that does not.
    """
    total, gone = at_risk.sum(axis=1), lost.sum(axis=1)
    alike = 1 - _ratio(gone, total, 0.0)[:, np.newaxis]
    curve = shifted_beta_geometric.fit(at_risk, lost)
    with np.errstate(divide="ignore", invalid="ignore"):
        of_alike = gone * np.log(gone / total) + (total - gone) * np.log(1 - gone / total)
        gain = (curve.log_likelihood - of_alike) / gone * churners
    earned = 1 / (1 + np.exp(np.clip(0.5 * np.log(max(churners, 1.0)) - gain, -50, 50)))
    differ = curve.renewal_rates(ahead)
    # Without anyone who left, or with nobody who stayed, there is no curve to fit.
    weight = np.where(np.isnan(gain), 0.0, earned)[:, np.newaxis]
    return np.where(weight > 0, weight * np.nan_to_num(differ) + (1 - weight) * alike, alike)


def _ratio(numerator: Floats, denominator: Floats, otherwise: float) -> Floats:
    return np.divide(
        numerator, denominator, out=np.full_like(numerator, otherwise), where=denominator > 0
    )
