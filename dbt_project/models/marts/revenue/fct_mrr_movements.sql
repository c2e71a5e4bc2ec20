with netted as (
    select
        netted.*,
        periods.period_end
    from {{ ref('int_customer_periods_netted') }} as netted
    inner join {{ ref('int_periods_spanned') }} as periods
        on netted.grain = periods.grain and netted.period_start = periods.period_start
),

movements as (
    select
        grain, period_start, period_end, customer_id, mrr_before, mrr_after, movement_type,
        movement_amount, churn_type, churn_reason
    from netted
    where movement_type is not null
    union all
    select
        grain, period_start, period_end, customer_id, mrr_before, mrr_after, 'fx' as movement_type,
        fx_amount as movement_amount, cast(null as string) as churn_type, cast(null as string) as churn_reason
    from netted
    where fx_amount <> 0
)

select
    grain,
    period_start,
    period_end,
    customer_id,
    movement_type,
    '{{ var("reporting_currency") }}' as currency_code,
    {{ money('movement_amount') }} as movement_amount,
    {{ money('mrr_before') }} as starting_mrr_amount,
    {{ money('mrr_after') }} as ending_mrr_amount,
    churn_type,
    churn_reason
from movements
