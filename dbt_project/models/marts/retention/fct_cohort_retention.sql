with months as (
    select
        segment_value as cohort,
        period_start,
        is_complete,
        first_paying_customers_count,
        ending_customers_count,
        ending_mrr_amount
    from (
        select
            summed.segment_value,
            summed.period_start,
            summed.is_complete,
            summed.first_paying_customers_count,
            forward.ending_customers_count,
            forward.ending_mrr_amount
        from {{ ref('int_segment_periods_summed') }} as summed
        inner join {{ ref('fct_mrr_roll_forward') }} as forward
            on
                summed.grain = forward.grain
                and summed.period_start = forward.period_start
                and summed.segment_name = forward.segment_name
                and summed.segment_value = forward.segment_value
        where
            summed.grain = 'month'
            and summed.segment_name = 'signup_cohort'
            and summed.segment_value <> '{{ no_segment() }}'
    ) as joined
),

cohorts as (
    select
        cohort,
        period_start as cohort_month,
        is_complete,
        first_paying_customers_count as cohort_customers_count,
        ending_mrr_amount as cohort_mrr_amount
    from months
    where substr(cast(period_start as string), 1, 7) = cohort
),

ages as (
    select distinct {{ months_between('cohorts.cohort_month', 'months.period_start') }} as age_months
    from cohorts
    inner join months
        on cohorts.cohort = months.cohort and months.period_start >= cohorts.cohort_month
),

{# Cells that are not yet reached stay NULL: 0 would say that everybody had left. #}
cells as (
    select
        cohorts.cohort_month,
        ages.age_months,
        coalesce(months.is_complete, false) as is_reached,
        cohorts.cohort_customers_count,
        {{ money('cohorts.cohort_mrr_amount') }} as cohort_mrr_amount,
        case when months.is_complete then months.ending_customers_count end as retained_customers_count,
        case when months.is_complete then {{ money('months.ending_mrr_amount') }} end as retained_mrr_amount
    from cohorts
    cross join ages
    left join months
        on
            cohorts.cohort = months.cohort
            and months.period_start = {{ add_months('cohorts.cohort_month', 'cast(ages.age_months as int)') }}
)

select
    cohort_month,
    age_months,
    is_reached,
    '{{ var("reporting_currency") }}' as currency_code,
    cohort_customers_count,
    cohort_mrr_amount,
    retained_customers_count,
    retained_mrr_amount,
    {{ exact_divide('retained_customers_count', 'cohort_customers_count') }} as logo_retention_ratio,
    {{ exact_divide('retained_mrr_amount', 'cohort_mrr_amount') }} as revenue_retention_ratio
from cells
