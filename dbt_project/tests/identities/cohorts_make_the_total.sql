{#- Complete months in which the cohorts together do not retain what the month closes with. -#}
with cohorts as (
    select
        {{ add_months('cohort_month', 'cast(age_months as int)') }} as period_start,
        retained_customers_count,
        retained_mrr_amount
    from {{ ref('fct_cohort_retention') }}
    where is_reached
),

summed as (
    select
        period_start,
        sum(retained_customers_count) as retained_customers_count,
        sum(retained_mrr_amount) as retained_mrr_amount
    from cohorts
    group by period_start
)

select
    closes.period_start,
    closes.ending_mrr_amount,
    summed.retained_mrr_amount,
    closes.ending_customers_count,
    summed.retained_customers_count
from {{ ref('fct_mrr_roll_forward') }} as closes
left join summed
    on closes.period_start = summed.period_start
where
    closes.grain = 'month'
    and closes.segment_name = 'all'
    and closes.is_complete
    and (
        closes.ending_mrr_amount <> coalesce(summed.retained_mrr_amount, 0)
        or closes.ending_customers_count <> coalesce(summed.retained_customers_count, 0)
    )
