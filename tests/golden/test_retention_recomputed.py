"""Retention of every period of every grain, computed anew from the ledger of events.

The models net each customer's changes within a period; here the balances at both ends of a period are
looked up in the events instead, which knows nothing of netting, segments or openings.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.building.dbt_slot import Warehouse

pytestmark = pytest.mark.slow

ANEW = """
with periods as (
    select grain, period_start, period_end from marts.dim_periods
    inner join (
        select grain, min(period_start) as first_start from marts.fct_retention group by grain
    ) using (grain)
    where grain not in ('day', 'week') and is_complete and period_start >= first_start
),
customers as (select distinct customer_id from marts.fct_mrr_changes),
ends as (
    select *, cast(period_start as timestamp) as t0, cast(period_end as timestamp) as t1
    from periods cross join customers
),
opened as (
    select ends.*, coalesce(changes.ending_mrr_amount, 0) as m0
    from ends asof left join marts.fct_mrr_changes as changes
        on ends.customer_id = changes.customer_id and changes.changed_at < ends.t0
),
closed as (
    select opened.*, coalesce(changes.ending_mrr_amount, 0) as m1
    from opened asof left join marts.fct_mrr_changes as changes
        on opened.customer_id = changes.customer_id and changes.changed_at < opened.t1
)
select
    grain, period_start,
    sum(m0) as starting_mrr_amount,
    coalesce(sum(m1) filter (m0 > 0), 0) as retained_mrr_amount,
    coalesce(sum(least(m0, m1)) filter (m0 > 0), 0) as gross_retained_mrr_amount,
    count_if(m0 > 0) as starting_customers_count,
    sum(m1) as ending_mrr_amount,
    count_if(m1 > 0) as ending_customers_count
from closed group by all order by all
"""
PUBLISHED = """
select
    grain, period_start, retention.starting_mrr_amount, retained_mrr_amount,
    gross_retained_mrr_amount, retention.starting_customers_count, ending_mrr_amount,
    ending_customers_count
from marts.fct_retention as retention
inner join marts.fct_mrr_roll_forward as forward
    using (grain, period_start, segment_name, segment_value)
where segment_name = 'all' and retention.is_complete order by all
"""


def test_every_period_of_every_grain(golden: Callable[[dict[str, Any]], Warehouse]) -> None:
    published = golden({}).rows(PUBLISHED)
    assert {row["grain"] for row in published} == {
        "month",
        "quarter",
        "half_year",
        "year",
        "trailing_12_months",
    }
    assert published == golden({}).rows(ANEW)
