"""Runs the valuation on the warehouse: reads months, customers, risk and margin, appends values of the day.

Only reading, writing and their order belong here; every number is made by `scoring.lifetime_value`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import duckdb
import pandas as pd

from orchestration.scoring.lifetime_value.fading import Fading, measure_fading
from orchestration.scoring.lifetime_value.seeds import SEED, settings_from_seed
from orchestration.scoring.lifetime_value.settings import ValuationSettings
from orchestration.scoring.lifetime_value.value import LifetimeValue, appraise
from orchestration.scoring.warehouse.churn_tables import PROBABILITY
from orchestration.scoring.warehouse.lifetime_value_tables import (
    CUSTOMERS,
    SEGMENTS,
    create_lifetime_value_tables,
)

MONTHS = "intermediate.int_customer_months_survived"
TERMS = "intermediate.int_customer_terms_dated"
MARGINS = "marts.fct_lifetime_value"
TO_DATE = "marts.fct_customer_lifetime_value"
NO_MARGIN = "no gross margin: map a cost ledger, or set gross_margin_rate"
RISK_HORIZON_DAYS = 90


@dataclass(frozen=True)
class ValuationSummary:
    """What a run did; `gross_margin` is None where no cost is known."""

    valued_customers: int
    gross_margin: float | None
    is_spread_by_health: bool


def value_customers(connection: duckdb.DuckDBPyConnection, day: date) -> ValuationSummary:
    """Value the customers who pay on a day, unless that day has been valued, and append what comes out.

    Args:
        connection: warehouse with the marts and the probabilities of the day; the caller's transaction.
        day: of which terms were dated.

    Raises:
        ValueError: the seed or the rows can't be used; nothing is written.
    """
    create_lifetime_value_tables(connection)
    settings = settings_from_seed(connection.execute(f"from reference.{SEED}").df())
    customers = _customers(connection, day)
    margin = _gross_margin(connection)
    spread = bool(customers["relative_log_hazard"].notna().any())
    if customers.empty or _is_valued(connection, day):
        return ValuationSummary(0, margin, spread)
    fading = measure_fading(risks_apart(connection, day), settings.health_half_life_months)
    found = appraise(_months(connection), customers, settings, fading)
    revenue = found.at(1.0)
    worth = revenue if margin is None else found.at(margin)
    _append(connection, _assumed(day, settings, margin, fading), revenue, worth)
    return ValuationSummary(len(customers), margin, spread)


def _months(connection: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    return connection.execute(
        f"""
        select
            customer_id, cast(12 * year(month_start) + month(month_start) as integer) as "month",
            plan, next_plan, term_months, period,
            cast(opening_mrr as double) as opening_mrr, cast(closing_mrr as double) as closing_mrr,
            is_lost, is_back
        from {MONTHS}
        """
    ).df()


def risks_apart(connection: duckdb.DuckDBPyConnection, day: date) -> pd.DataFrame:
    """How risks went on: all pairs of monthly scores of a customer in three years, by the months between them.

    Of each month the first day with scores counts, and of a score what it is above the mean of its day. `lag_months`:
    months between; `pairs`: how many; `slope`: of the later on the earlier, from exact sums, so that no order of rows
    changes a bit of it.

    Args:
        connection: warehouse with the probabilities.
        day: nothing later counts.
    """
    return connection.execute(
        f"""
        with scored as (
            select
                customer_id,
                12 * year(as_of_date) + month(as_of_date) as month_number,
                cast(
                    relative_log_odds - avg(relative_log_odds) over (partition by as_of_date) as decimal(12, 6)
                ) as difference
            from scores.{PROBABILITY}
            where
                horizon_days = {RISK_HORIZON_DAYS} and relative_log_odds is not null
                and as_of_date between cast($day as date) - interval 36 month and $day
            qualify as_of_date = min(as_of_date) over (partition by date_trunc('month', as_of_date))
        ),
        summed as (
            select
                later.month_number - earlier.month_number as lag_months,
                count(*) as pairs,
                cast(sum(earlier.difference) as double) as x,
                cast(sum(later.difference) as double) as y,
                cast(sum(earlier.difference * later.difference) as double) as xy,
                cast(sum(earlier.difference * earlier.difference) as double) as xx
            from scored as earlier
            inner join scored as later
                on earlier.customer_id = later.customer_id and earlier.month_number < later.month_number
            group by lag_months
        )
        select
            lag_months,
            pairs,
            (pairs * xy - x * y) / nullif(pairs * xx - x * x, 0) as slope
        from summed
        order by lag_months
        """,
        {"day": day},
    ).df()


def _customers(connection: duckdb.DuckDBPyConnection, day: date) -> pd.DataFrame:
    """Who pays on the day; how each one's log hazard differs is that of its odds, which are small."""
    return connection.execute(
        f"""
        select
            terms.customer_id,
            terms.plan,
            terms.term_months,
            terms.completed_periods as period,
            case when terms.term_months >= 6 then terms.months_to_end else 0 end as months_to_end,
            cast(terms.mrr_amount as double) as mrr,
            cast(risks.relative_log_odds as double) as relative_log_hazard,
            terms.is_leaving
        from {TERMS} as terms
        left join scores.{PROBABILITY} as risks
            on
                terms.customer_id = risks.customer_id
                and terms.dated_on = risks.as_of_date
                and risks.horizon_days = {RISK_HORIZON_DAYS}
        where terms.dated_on = ?
        order by terms.customer_id
        """,
        [day],
    ).df()


def _gross_margin(connection: duckdb.DuckDBPyConnection) -> float | None:
    """Of all customers, in the latest complete month of which it is known."""
    found = connection.execute(
        f"""
        select cast(max_by(gross_margin_ratio, period_start) as double)
        from {MARGINS}
        where grain = 'month' and segment_name = 'all' and is_complete and gross_margin_ratio is not null
        """
    ).fetchone()
    return found[0] if found else None


def _is_valued(connection: duckdb.DuckDBPyConnection, day: date) -> bool:
    found = connection.execute(
        f"select count(*) from scores.{CUSTOMERS} where as_of_date = ?", [day]
    ).fetchone()
    return bool(found and found[0])


def _append(
    connection: duckdb.DuckDBPyConnection,
    assumed: pd.DataFrame,
    revenue: LifetimeValue,
    worth: LifetimeValue,
) -> None:
    frames = {
        "assumed": assumed,
        "revenue_of_customers": revenue.customers,
        "worth_of_customers": worth.customers,
        "revenue_of_segments": revenue.segments,
        "worth_of_segments": worth.segments,
    }
    for name, frame in frames.items():
        connection.register(name, frame)
    try:
        connection.execute(_INSERT_CUSTOMERS)
        connection.execute(_INSERT_SEGMENTS)
    finally:
        for name in frames:
            connection.unregister(name)


def _assumed(
    day: date, settings: ValuationSettings, margin: float | None, fading: Fading
) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "as_of_date": [pd.Timestamp(day)],
            "gross_margin_ratio": pd.array([margin], dtype="Float64"),
            "horizon_months": [settings.horizon_months],
            "discount_rate": [settings.discount_rate],
            "valuation_version": [settings.version],
            "persistent_risk_rate": [fading.persistent],
            "risk_half_life_months": [fading.half_life_months],
            "is_fading_measured": [fading.is_measured],
        }
    )


def _amount(cents: str) -> str:
    return f"cast({cents} as decimal(36, 0)) * 0.01"


def _worth(name: str) -> str:
    """An amount at the gross margin, NULL where that is not known."""
    return f"case when assumed.gross_margin_ratio is not null then {_amount(f'worth.{name}')} end"


_ON_EVERY_ROW = f"""
    (select max(currency_code) from {MARGINS}) as currency_code,
    assumed.gross_margin_ratio,
    assumed.horizon_months,
    assumed.discount_rate,
    assumed.valuation_version,
    cast(assumed.as_of_date as date) as as_of_date,
    {_amount("revenue.residual_cents")} as residual_revenue_amount,
    {_worth("residual_cents")} as residual_value_amount,
    {_worth("lower_cents")} as residual_value_lower,
    {_worth("upper_cents")} as residual_value_upper
"""

_INSERT_CUSTOMERS = f"""
insert into scores.{CUSTOMERS} by name
select
    revenue.customer_id,
    revenue.plan,
    revenue.term_months,
    terms.mrr_amount,
    coalesce(to_date.historic_value_amount, 0) as historic_value_amount,
    revenue.survival_12_months as survival_12_months_rate,
    revenue.expected_mrr_12_months as expected_mrr_12_months_amount,
    revenue.is_spread_by_health,
    revenue.retention_source,
    case when assumed.gross_margin_ratio is null then '{NO_MARGIN}' else 'valued' end as status,
    {_ON_EVERY_ROW}
from revenue_of_customers as revenue
inner join worth_of_customers as worth on revenue.customer_id = worth.customer_id
cross join assumed
inner join {TERMS} as terms
    on revenue.customer_id = terms.customer_id and terms.dated_on = cast(assumed.as_of_date as date)
left join {TO_DATE} as to_date on revenue.customer_id = to_date.customer_id
order by revenue.customer_id
"""

_INSERT_SEGMENTS = f"""
insert into scores.{SEGMENTS} by name
select
    revenue.plan,
    revenue.term as term_kind,
    revenue.customers as customers_count,
    revenue.mrr as mrr_amount,
    revenue.nrr_12_months as nrr_12_months_ratio,
    revenue.nrr_lower as nrr_12_months_lower,
    revenue.nrr_upper as nrr_12_months_upper,
    revenue.horizon_survival as horizon_survival_rate,
    revenue.horizon_survival_check as horizon_survival_check_rate,
    assumed.persistent_risk_rate,
    assumed.risk_half_life_months,
    assumed.is_fading_measured,
    {_ON_EVERY_ROW}
from revenue_of_segments as revenue
inner join worth_of_segments as worth on revenue.plan = worth.plan and revenue.term = worth.term
cross join assumed
order by revenue.plan, revenue.term
"""
