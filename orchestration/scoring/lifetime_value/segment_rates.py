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
    moves: MRR after a month of those who stay, by the segment that it is in then, per MRR before it in a segment,
        shape (draws, segments, segments): whoever grows moves on to another plan, and then keeps that one's pace.
    runs_on: share of the MRR on a long term that does not leave in a month in which the term runs on, shape (draws,).
    returns: share of the MRR that left which comes back in a month, shape (draws,).
    """

    stays: Floats
    moves: Floats
    runs_on: Floats
    returns: Floats

    def of_customers(self) -> SegmentRates:
        """Those of the customers themselves, without resamples."""
        return SegmentRates(self.stays[:1], self.moves[:1], self.runs_on[:1], self.returns[:1])


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
    moves = np.zeros((len(counts.exposed), len(segments), len(segments)))
    for segment, (source, of) in enumerate(lenders(counts, segments, minimum_churners)):
        alike = is_long == is_long[segment]
        if source == OF_ALL:
            months = MONTHS_OF_LONG_TERM if is_long[segment] else 1
            stays[:, segment] = (constant**months)[:, np.newaxis]
        else:
            evidence = float(counts.churners_by_mrr[of].sum())
            stays[:, segment] = _fitted(
                counts.at_risk[:, of].sum(axis=1), counts.lost[:, of].sum(axis=1), evidence, ahead
            )
        moves[:, segment] = _moves(counts, segment, alike, minimum_churners)
    return SegmentRates(
        stays,
        moves,
        1 - _ratio(counts.broken, counts.running, 0.0),
        np.minimum(_ratio(counts.back, counts.away, 0.0), 1.0),
    )


def lenders(
    counts: RetentionCounts, segments: SegmentIndex, minimum_churners: int
) -> list[tuple[str, NDArray[np.bool_]]]:
    """Whose retention each segment has: what it is called, and of which segments it is."""
    is_long = np.array(segments.is_long, dtype=bool)
    found = []
    for segment in range(len(segments)):
        alike = is_long == is_long[segment]
        if counts.churners[segment] >= minimum_churners:
            found.append((OWN, np.arange(len(segments)) == segment))
        elif counts.churners[alike].sum() >= minimum_churners:
            found.append((OF_TERM, alike))
        else:
            found.append((OF_ALL, np.ones(len(segments), dtype=bool)))
    return found


def _moves(
    counts: RetentionCounts, segment: int, alike: NDArray[np.bool_], minimum_customers: int
) -> Floats:
    """Where a segment's MRR is after a month, shape (draws, segments).

    With too few customers it grows like those above it, and stays where it is.
    """
    moves = np.zeros_like(counts.opening)
    if counts.customers[segment] >= minimum_customers:
        opening, closing = counts.opening[:, segment], counts.closing[:, segment]
        stays_put = np.arange(closing.shape[1]) == segment
        moves[:] = _ratio(closing, opening[:, np.newaxis], stays_put)
    else:
        of = alike if counts.customers[alike].sum() >= minimum_customers else np.ones_like(alike)
        closing, opening = counts.closing[:, of].sum(axis=(1, 2)), counts.opening[:, of].sum(axis=1)
        moves[:, segment] = _ratio(closing, opening, 1.0)
    return moves


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


def _ratio(numerator: Floats, denominator: Floats, otherwise: float | NDArray[np.bool_]) -> Floats:
    out = np.empty_like(numerator)
    out[:] = otherwise
    return np.divide(
        numerator, np.broadcast_to(denominator, out.shape), out=out, where=denominator > 0
    )
