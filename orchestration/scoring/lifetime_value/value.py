"""The entry point: months lived through and customers of today in, values of customers and segments out.

A segment's total comes from what its MRR did: survival weighted by MRR, and expansion of those who stay. It is
spread over its customers by the risk of each, and rescaled so that they sum to it to the cent.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from orchestration.scoring.lifetime_value.allocation import share_out, to_cents
from orchestration.scoring.lifetime_value.fading import Fading
from orchestration.scoring.lifetime_value.forecast import Apart, Outlook, Standing, look_ahead
from orchestration.scoring.lifetime_value.projection import Projection, project
from orchestration.scoring.lifetime_value.renewed_revenue import (
    monthly_variance,
    outcome_variance,
    outcomes,
)
from orchestration.scoring.lifetime_value.retention_counts import (
    LONG_TERM_MONTHS,
    MONTH_COLUMNS,
    SegmentIndex,
    count,
    resample,
)
from orchestration.scoring.lifetime_value.segment_rates import rate
from orchestration.scoring.lifetime_value.settings import ValuationSettings

Floats = NDArray[np.float64]

CUSTOMER_COLUMNS = [
    "customer_id",
    "plan",
    "term_months",
    "period",
    "months_to_end",
    "mrr",
    "relative_log_hazard",
    "is_leaving",
]
"""One row per customer who pays now. `period`: periods of life completed (see `retention_counts`).
`months_to_end`: months to the end of a long term, 0 of a short one. `mrr`: reporting currency.
`relative_log_hazard`: by how much its log hazard differs from that of an average customer of its contract; NaN:
not known, and then nothing sets it apart. `is_leaving`: it has said that it leaves when its term ends.
"""

SEGMENT_FIGURES = [
    "customers",
    "mrr",
    "residual_cents",
    "lower_cents",
    "upper_cents",
    "nrr_12_months",
    "nrr_lower",
    "nrr_upper",
    "horizon_survival",
    "horizon_survival_check",
]
"""`horizon_survival`: share of new MRR still there after the months of the horizon, growth apart; `_check`: what the
beta-discrete-Weibull model says of it, NaN where it can't be fitted."""

ALL = "all"


@dataclass(frozen=True)
class LifetimeValue:
    """Amounts are whole cents of the reporting currency.

    customers: one row per customer, ordered: residual value with its interval, survival and expected MRR after
        twelve months, and whose retention it has.
    segments: one row per segment and one for all: residual value, and NRR of the next twelve months, each with
        its interval. At a gross margin of 1 a value is the revenue to come.
    """

    customers: pd.DataFrame
    segments: pd.DataFrame


@dataclass(frozen=True)
class Appraisal:
    """What is expected of the customers' MRR, before any margin is taken.

    today: customers, in order.
    segment, group: of each.
    segments: all there are.
    alike: what is expected of a group of customers who stand alike, by resample.
    own: what is expected of each customer by its own risk.
    noise: `monthly_variance`.
    projections: one per segment.
    """

    today: pd.DataFrame
    segment: NDArray[np.intp]
    group: NDArray[np.intp]
    segments: SegmentIndex
    alike: Outlook
    own: Outlook
    noise: float
    projections: tuple[Projection, ...]
    assumed: ValuationSettings

    def at(self, gross_margin: float) -> LifetimeValue:
        """Values at a gross margin, in cents of their own that sum to those of their segment.

        Args:
            gross_margin: share of the revenue that is left after its cost; at 1 a value is the revenue.
        """
        if not np.isfinite(gross_margin):
            raise ValueError("gross_margin has to be a finite share")
        customers = _customers(self, gross_margin)
        return LifetimeValue(customers, _segments(self, customers, gross_margin))

    @property
    def mrr(self) -> Floats:
        """Of each customer."""
        return self.today["mrr"].to_numpy(np.float64)


def appraise(
    months: pd.DataFrame,
    customers: pd.DataFrame,
    settings: ValuationSettings | None = None,
    fading: Fading | None = None,
) -> Appraisal:
    """Look ahead for every customer of today.

    Args:
        months: `MONTH_COLUMNS`, every month that ended before today.
        customers: `CUSTOMER_COLUMNS`.
        settings: assumptions.
        fading: how long risk that sets customers apart lasts; as assumed where None.

    Raises:
        ValueError: a column is missing, a customer stands there twice, or an amount can't be one.
    """
    assumed = settings or ValuationSettings()
    _check(months, customers)
    today = customers.sort_values("customer_id", ignore_index=True)
    segments = SegmentIndex.of(months, today)
    standing = Standing(
        segments.locate(today),
        today["period"].to_numpy(dtype=np.intp),
        today["months_to_end"].to_numpy(dtype=np.intp),
        np.where(today["term_months"] >= LONG_TERM_MONTHS, today["term_months"], 1).astype(np.intp),
    )
    counts = count(
        months, segments, resample(months["customer_id"].nunique(), assumed.draws, assumed.seed)
    )
    periods = int(standing.periods.max(initial=0)) + assumed.horizon_months + 1
    rates = rate(counts, segments, periods, assumed.minimum_churners)
    groups, group = standing.grouped()
    hazard = _centred(today["relative_log_hazard"].to_numpy(dtype=np.float64), standing.segment)
    apart = Apart(
        hazard,
        today["is_leaving"].to_numpy(dtype=bool),
        fading or Fading.assumed(assumed.health_half_life_months),
    )
    return Appraisal(
        today,
        standing.segment,
        group,
        segments,
        look_ahead(groups, rates, assumed.horizon_months, assumed.discount_rate),
        look_ahead(
            standing, rates.of_customers(), assumed.horizon_months, assumed.discount_rate, apart
        ),
        monthly_variance(
            months["opening_mrr"].to_numpy(np.float64),
            months["closing_mrr"].to_numpy(np.float64),
            months["is_lost"].to_numpy(bool),
        ),
        project(counts, rates, segments, assumed.horizon_months, assumed.minimum_churners),
        assumed,
    )


def value(
    months: pd.DataFrame,
    customers: pd.DataFrame,
    gross_margin: float,
    settings: ValuationSettings | None = None,
) -> LifetimeValue:
    """Value every customer of today: `appraise` at one gross margin."""
    return appraise(months, customers, settings).at(gross_margin)


def _customers(found: Appraisal, gross_margin: float) -> pd.DataFrame:
    """Each segment's total, shared out by what each customer's own risk makes of its MRR."""
    alike, own, mrr, assumed = found.alike, found.own, found.mrr, found.assumed
    worth = alike.value[0, found.group] * mrr * gross_margin
    weights = own.value[0] * mrr
    leaving = found.today["is_leaving"].to_numpy(dtype=bool)
    cents = np.zeros(len(mrr), dtype=np.int64)
    for segment in np.unique(found.segment):
        rows = np.flatnonzero(found.segment == segment)
        if leaving[rows].all():  # Nobody is left to whom the rest of the segment's total could go.
            worth[rows] = weights[rows] * gross_margin
        total = int(to_cents(worth[rows].sum(keepdims=True))[0])
        # A loss is shared out like a gain.
        cents[rows] = np.sign(total) * share_out(abs(total), weights[rows])
    point = alike.value[0]
    low, high = _bounds(alike.value[1:], assumed.interval)
    scale = np.divide([low, high], point, out=np.ones((2, len(point))), where=point > 0)
    bounds = np.sort(cents * scale[:, found.group], axis=0)
    sources = np.array([of.source for of in found.projections], dtype=object)
    return pd.DataFrame(
        {
            "customer_id": found.today["customer_id"].array,
            "plan": found.today["plan"].array,
            "term_months": found.today["term_months"].array,
            "residual_cents": cents,
            "lower_cents": np.floor(bounds[0] + 0.5).astype(np.int64),
            "upper_cents": np.floor(bounds[1] + 0.5).astype(np.int64),
            "survival_12_months": own.survival[0],
            "expected_mrr_12_months": own.mrr[0] * mrr,
            "is_spread_by_health": found.today["relative_log_hazard"].notna().to_numpy(),
            "retention_source": sources[found.segment],
        }
    )


def _segments(found: Appraisal, valued: pd.DataFrame, gross_margin: float) -> pd.DataFrame:
    everyone = np.ones(len(found.mrr), dtype=bool)
    rows = [_segment(found, valued, gross_margin, everyone) | {"plan": ALL, "term": ALL}]
    for number, projection in enumerate(found.projections):
        inside = found.segment == number
        if inside.any():
            plan, is_long = found.segments.plans[number], found.segments.is_long[number]
            rows.append(
                _segment(found, valued, gross_margin, inside)
                | {"plan": plan, "term": "long" if is_long else "short"}
                | {"horizon_survival": projection.survival}
                | {"horizon_survival_check": projection.check}
            )
    columns = ["plan", "term", *SEGMENT_FIGURES]
    return pd.DataFrame(rows, columns=columns) if len(found.mrr) else pd.DataFrame(columns=columns)


def _segment(
    found: Appraisal, valued: pd.DataFrame, gross_margin: float, inside: NDArray[np.bool_]
) -> dict[str, float]:
    alike, assumed, group = found.alike, found.assumed, found.group[inside]
    today = found.mrr[inside]
    mrr = np.bincount(group, today, minlength=alike.value.shape[1])
    start = float(mrr.sum())
    kept = alike.mrr @ mrr
    variance = outcome_variance(today, alike.survival[0, group], alike.mrr[0, group], found.noise)
    drawn = outcomes(kept[1:], float(variance.sum()), assumed.seed)
    worth = alike.value[1:] @ mrr * gross_margin
    low, high = np.sort(_bounds(worth[:, np.newaxis], assumed.interval)[:, 0])
    nrr_low, nrr_high = _bounds(drawn[:, np.newaxis], assumed.interval)[:, 0]
    return {
        "customers": int(inside.sum()),
        "mrr": start,
        "residual_cents": int(valued.loc[inside, "residual_cents"].sum()),
        "lower_cents": int(to_cents(np.array([low]))[0]),
        "upper_cents": int(to_cents(np.array([high]))[0]),
        "nrr_12_months": kept[0] / start if start else np.nan,
        "nrr_lower": nrr_low / start if start else np.nan,
        "nrr_upper": nrr_high / start if start else np.nan,
        "horizon_survival": np.nan,
        "horizon_survival_check": np.nan,
    }


def _bounds(draws: Floats, interval: float) -> Floats:
    """Lower and upper end of the middle share of the draws, shape (2, columns)."""
    outside = (1 - interval) / 2
    bounds: Floats = np.quantile(draws, [outside, 1 - outside], axis=0)
    return bounds


def _centred(hazard: Floats, segment: NDArray[np.intp]) -> Floats:
    """Differences from the mean of the segment: risk sets its customers apart, not the segment."""
    known = ~np.isnan(hazard)
    width = int(segment.max(initial=-1)) + 1
    sums = np.bincount(segment[known], hazard[known], minlength=width)
    counts = np.bincount(segment[known], minlength=width)
    mean = np.divide(sums, counts, out=np.zeros(width), where=counts > 0)
    return np.where(known, hazard - mean[segment], 0.0)


def _check(months: pd.DataFrame, customers: pd.DataFrame) -> None:
    for frame, name, columns in (
        (months, "months", MONTH_COLUMNS),
        (customers, "customers", CUSTOMER_COLUMNS),
    ):
        missing = [column for column in columns if column not in frame]
        if missing:
            raise ValueError(f"{name} lack {', '.join(missing)}")
    twice = customers["customer_id"][customers["customer_id"].duplicated()]
    if len(twice):
        raise ValueError(f"customer {twice.iloc[0]!r} stands there twice")
    amounts = [months["opening_mrr"], months["closing_mrr"], customers["mrr"]]
    for amount in amounts:
        values = amount.to_numpy(dtype=np.float64)
        if not (np.isfinite(values) & (values >= 0)).all():
            raise ValueError(f"{amount.name} has to be a finite amount of 0 or more in every row")
