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
from orchestration.scoring.lifetime_value.forecast import Outlook, Standing, look_ahead
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
from orchestration.scoring.lifetime_value.segment_rates import SegmentRates, rate
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
]
"""One row per customer who pays now. `period`: periods of life completed (see `retention_counts`).
`months_to_end`: months to the end of a long term, 0 of a short one. `mrr`: reporting currency.
`relative_log_hazard`: by how much its log hazard differs from that of an average customer of its contract; NaN:
not known, and then nothing sets it apart.
"""

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


def value(
    months: pd.DataFrame,
    customers: pd.DataFrame,
    gross_margin: float,
    settings: ValuationSettings | None = None,
) -> LifetimeValue:
    """Value every customer of today.

    Args:
        months: `MONTH_COLUMNS`, every month that ended before today.
        customers: `CUSTOMER_COLUMNS`.
        gross_margin: share of the revenue that is left after its cost.
        settings: assumptions.

    Raises:
        ValueError: a column is missing, a customer stands there twice, or an amount can't be one.
    """
    assumed = settings or ValuationSettings()
    _check(months, customers, gross_margin)
    today = customers.sort_values("customer_id", ignore_index=True)
    segments = SegmentIndex.of(months, today)
    standing = Standing(
        segments.locate(today),
        today["period"].to_numpy(dtype=np.intp),
        today["months_to_end"].to_numpy(dtype=np.intp),
        np.where(today["term_months"] >= LONG_TERM_MONTHS, today["term_months"], 1).astype(np.intp),
    )
    rates = _rates(months, segments, standing, assumed)
    groups, group = standing.grouped()
    alike = look_ahead(groups, rates, assumed.horizon_months, assumed.discount_rate)
    hazard = _centred(today["relative_log_hazard"].to_numpy(dtype=np.float64), standing.segment)
    own = look_ahead(
        standing, rates.of_customers(), assumed.horizon_months, assumed.discount_rate,
        (hazard, assumed.health_half_life_months),
    )  # fmt: skip
    book = _Book(today, standing.segment, group, today["mrr"].to_numpy(np.float64), gross_margin)
    valued = _customers(book, alike, own, assumed)
    valued["is_spread_by_health"] = today["relative_log_hazard"].notna().to_numpy()
    valued["retention_source"] = np.array(rates.sources, dtype=object)[standing.segment]
    noise = monthly_variance(
        months["opening_mrr"].to_numpy(np.float64),
        months["closing_mrr"].to_numpy(np.float64),
        months["is_lost"].to_numpy(bool),
    )
    return LifetimeValue(valued, _segments(book, segments, alike, valued, noise, assumed))


@dataclass(frozen=True)
class _Book:
    """Customers of today, in order, and where each belongs."""

    today: pd.DataFrame
    segment: NDArray[np.intp]
    group: NDArray[np.intp]
    mrr: Floats
    gross_margin: float


def _rates(
    months: pd.DataFrame, segments: SegmentIndex, standing: Standing, assumed: ValuationSettings
) -> SegmentRates:
    people = months["customer_id"].nunique()
    counts = count(months, segments, resample(people, assumed.draws, assumed.seed))
    periods = int(standing.periods.max(initial=0)) + assumed.horizon_months + 1
    return rate(counts, segments, periods, assumed.minimum_churners)


def _customers(
    book: _Book, alike: Outlook, own: Outlook, assumed: ValuationSettings
) -> pd.DataFrame:
    """Each segment's total, shared out by what each customer's own risk makes of its MRR."""
    worth = alike.value[0, book.group] * book.mrr * book.gross_margin
    weights = own.value[0] * book.mrr
    cents = np.zeros(len(book.mrr), dtype=np.int64)
    for segment in np.unique(book.segment):
        rows = np.flatnonzero(book.segment == segment)
        total = int(to_cents(worth[rows].sum(keepdims=True))[0])
        # A loss is shared out like a gain.
        cents[rows] = np.sign(total) * share_out(abs(total), weights[rows])
    point = alike.value[0]
    low, high = _bounds(alike.value[1:], assumed.interval)
    scale = np.divide([low, high], point, out=np.ones((2, len(point))), where=point > 0)
    bounds = np.sort(cents * scale[:, book.group], axis=0)
    return pd.DataFrame(
        {
            "customer_id": book.today["customer_id"].array,
            "plan": book.today["plan"].array,
            "term_months": book.today["term_months"].array,
            "residual_cents": cents,
            "lower_cents": np.floor(bounds[0] + 0.5).astype(np.int64),
            "upper_cents": np.floor(bounds[1] + 0.5).astype(np.int64),
            "survival_12_months": own.survival[0],
            "expected_mrr_12_months": own.mrr[0] * book.mrr,
        }
    )


def _segments(
    book: _Book, segments: SegmentIndex, alike: Outlook, valued: pd.DataFrame, noise: float,
    assumed: ValuationSettings,
) -> pd.DataFrame:  # fmt: skip
    rows = []
    everyone = np.ones(len(book.mrr), dtype=bool)
    names = [
        (plan, "long" if is_long else "short")
        for plan, is_long in zip(segments.plans, segments.is_long, strict=True)
    ]
    chosen = [(*name, book.segment == number) for number, name in enumerate(names)]
    for plan, term, inside in [(ALL, ALL, everyone), *chosen]:
        if not inside.any():
            continue
        mrr = np.bincount(book.group[inside], book.mrr[inside], minlength=alike.value.shape[1])
        start = float(mrr.sum())
        worth = alike.value[1:] @ mrr * book.gross_margin
        kept = alike.mrr @ mrr
        group = book.group[inside]
        variance = outcome_variance(
            book.mrr[inside], alike.survival[0, group], alike.mrr[0, group], noise
        )
        drawn = outcomes(kept[1:], float(variance.sum()), assumed.seed)
        value_bounds = np.sort(_bounds(worth[:, np.newaxis], assumed.interval)[:, 0])
        nrr_bounds = _bounds(drawn[:, np.newaxis], assumed.interval)[:, 0]
        rows.append(
            {
                "plan": plan,
                "term": term,
                "customers": int(inside.sum()),
                "mrr": start,
                "residual_cents": int(valued.loc[inside, "residual_cents"].sum()),
                "lower_cents": int(to_cents(value_bounds[:1])[0]),
                "upper_cents": int(to_cents(value_bounds[1:])[0]),
                "nrr_12_months": kept[0] / start if start else np.nan,
                "nrr_lower": nrr_bounds[0] / start if start else np.nan,
                "nrr_upper": nrr_bounds[1] / start if start else np.nan,
            }
        )
    return pd.DataFrame(rows)


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


def _check(months: pd.DataFrame, customers: pd.DataFrame, gross_margin: float) -> None:
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
    if not np.isfinite(gross_margin):
        raise ValueError("gross_margin has to be a finite share")
