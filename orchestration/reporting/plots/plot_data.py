"""Reads the rows of each plot from a warehouse: aggregates only, no customer is named.

Outcomes are known for month starts alone (`int_churn_snapshots`), each predicted by a model of its own day.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import duckdb

Rows = list[dict[str, Any]]

CALIBRATION_BINS: Final = 10
GAIN_STEPS: Final = 50
MINIMUM_AT_RISK: Final = 20
"""A curve ends where fewer customers are left: one of them would move it by more than five points."""

_JUDGED: Final = """
    judged as (
        select
            said.as_of_date,
            said.horizon_days,
            said.customer_id,
            said.churn_probability,
            case
                when said.horizon_days = 30 then seen.churned_within_30 else seen.churned_within_90
            end as has_left
        from scores.fct_churn_probability as said
        inner join intermediate.int_churn_snapshots as seen
            on said.customer_id = seen.customer_id and said.as_of_date = seen.as_of_date
        where
            said.churn_probability is not null
            and case
                when said.horizon_days = 30 then seen.is_observed_30 else seen.is_observed_90
            end
    )
"""

# Months that share a horizon see the same departures: their evidence counts so many times less.
_CALIBRATION: Final = f"""
    with {_JUDGED},
    binned as (
        select
            *,
            ntile({CALIBRATION_BINS}) over (
                partition by horizon_days order by churn_probability, customer_id, as_of_date
            ) as bin
        from judged
    ),
    summed as (
        select
            horizon_days,
            bin,
            count(*) as predictions,
            avg(churn_probability) as expected_rate,
            avg(has_left::integer) as observed_rate
        from binned
        group by horizon_days, bin
    ),
    spread as (
        select
            *,
            1.645 * sqrt(
                expected_rate * (1 - expected_rate) / predictions * greatest(1, horizon_days / 30)
            ) as half_width
        from summed
    )
    select
        horizon_days,
        bin,
        predictions,
        round(expected_rate, 6) as expected_rate,
        round(observed_rate, 6) as observed_rate,
        round(greatest(expected_rate - half_width, 0), 6) as plausible_lower,
        round(expected_rate + half_width, 6) as plausible_upper
    from spread
    order by horizon_days, bin
"""

_LIFT: Final = f"""
    with {_JUDGED},
    ranked as (
        select
            horizon_days,
            has_left,
            ceil(
                row_number() over (
                    partition by horizon_days, as_of_date
                    order by churn_probability desc, customer_id
                ) * {GAIN_STEPS} / count(*) over (partition by horizon_days, as_of_date)
            ) as step
        from judged
    ),
    steps as (
        select
            horizon_days,
            step,
            sum(has_left::integer) as departures
        from ranked
        group by horizon_days, step
        union all
        select
            horizon_days,
            0 as step,
            0 as departures
        from (select distinct horizon_days from ranked) as horizons
    )
    select
        horizon_days,
        round(step / {GAIN_STEPS}, 6) as customer_share,
        round(
            sum(departures) over (partition by horizon_days order by step)
            / sum(departures) over (partition by horizon_days),
            6
        ) as departure_share
    from steps
    order by horizon_days, step
"""

_MIGRATION: Final = """
    select
        score_kind,
        from_band,
        to_band,
        customers_count,
        round(
            customers_count / sum(customers_count) over (partition by score_kind, from_band), 6
        ) as share_of_from,
        strftime(as_of_date, '%Y-%m-%d') as as_of_date
    from marts.fct_health_migrations
    where (score_kind, as_of_date) in (
        select (score_kind, max(as_of_date)) from marts.fct_health_migrations group by score_kind
    )
    order by score_kind, from_band, to_band
"""

_SURVIVAL: Final = f"""
    with periods as (
        select
            plan,
            case when term_months >= 6 then 'long' else 'short' end as term_kind,
            case when term_months >= 6 then period * term_months else period end as months,
            count(*) as customers,
            sum(cast(opening_mrr as double)) as at_risk,
            sum(case when is_lost then cast(opening_mrr as double) else 0 end) as lost
        from intermediate.int_customer_months_survived
        where period > 0 and opening_mrr > 0
        group by all
    ),
    curves as (
        select
            plan,
            term_kind,
            months,
            product(1 - lost / at_risk) over upto as survival,
            min(customers) over upto as fewest_customers
        from periods
        window upto as (partition by plan, term_kind order by months)
    ),
    begun as (
        select
            plan,
            term_kind,
            months,
            survival
        from curves
        where fewest_customers >= {MINIMUM_AT_RISK}
        union all
        select distinct
            plan,
            term_kind,
            0 as months,
            1 as survival
        from curves
        where fewest_customers >= {MINIMUM_AT_RISK}
    )
    select
        plan,
        term_kind,
        months,
        round(survival, 6) as survival
    from begun
    order by plan, term_kind, months
"""

QUERIES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "calibration": _CALIBRATION,
        "lift": _LIFT,
        "health_migration": _MIGRATION,
        "survival": _SURVIVAL,
    }
)


class MissingRowsError(RuntimeError):
    """A warehouse has not what a plot shows; the message says what to do."""


def read_rows(warehouse: Path, plot: str) -> Rows:
    """Rows of a plot, in a fixed order; rates are shares of 1.

    Args:
        warehouse: DuckDB file with `scores`, `intermediate` and `marts`, opened for reading only.
        plot: One of `QUERIES`.

    Raises:
        MissingRowsError: A table is missing or says nothing yet.
    """
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        try:
            found = connection.execute(QUERIES[plot])
        except duckdb.CatalogException as error:
            raise MissingRowsError(
                f"{warehouse.name} lacks a table of the plot {plot}: {error}. Run the pipeline first."
            ) from error
        names = [column[0] for column in found.description or []]
        rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    if not rows:
        raise MissingRowsError(
            f"{warehouse.name} has no rows for the plot {plot}: it takes published probabilities "
            "whose horizon is over, or scores of four weeks before."
        )
    return rows
