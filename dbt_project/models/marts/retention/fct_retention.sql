with summed as (
    select *
    from {{ ref('int_segment_periods_summed') }}
    where grain not in ('day', 'week')
)

select
    grain,
    period_start,
    period_end,
    is_complete,
    segment_name,
    segment_value,
    '{{ var("reporting_currency") }}' as currency_code,
    starting_mrr_amount,
    retained_mrr_amount,
    gross_retained_mrr_amount,
    {{ exact_divide('retained_mrr_amount', 'starting_mrr_amount') }} as net_revenue_retention_ratio,
    {{ exact_divide('gross_retained_mrr_amount', 'starting_mrr_amount') }} as gross_revenue_retention_rate,
    {{ money('-churn_mrr_amount - contraction_mrr_amount') }} as lost_mrr_amount,
    {{ money('-churn_mrr_amount - contraction_mrr_amount - expansion_mrr_amount') }} as net_lost_mrr_amount,
    {{ exact_divide('-churn_mrr_amount - contraction_mrr_amount', 'starting_mrr_amount') }} as gross_revenue_churn_rate,
    {{ exact_divide('-churn_mrr_amount - contraction_mrr_amount - expansion_mrr_amount', 'starting_mrr_amount') }}
        as net_revenue_churn_ratio,
    {{ money('new_mrr_amount + expansion_mrr_amount + reactivation_mrr_amount') }} as gained_mrr_amount,
    {{ exact_divide(
        'new_mrr_amount + expansion_mrr_amount + reactivation_mrr_amount',
        '-churn_mrr_amount - contraction_mrr_amount'
    ) }} as quick_ratio,
    starting_customers_count,
    lost_customers_count,
    starting_customers_count - lost_customers_count as retained_customers_count,
    voluntarily_lost_customers_count,
    involuntarily_lost_customers_count,
    intra_period_churned_customers_count,
    first_paying_customers_count,
    lost_customers_count + intra_period_churned_customers_count as lost_customers_including_new_count,
    starting_customers_count + first_paying_customers_count as starting_and_new_customers_count,
    {{ exact_divide('lost_customers_count', 'starting_customers_count') }} as logo_churn_rate,
    {{ exact_divide(
        'lost_customers_count + intra_period_churned_customers_count', 'starting_customers_count'
    ) }} as logo_churn_including_new_ratio,
    {{ exact_divide(
        'lost_customers_count + intra_period_churned_customers_count',
        'starting_customers_count + first_paying_customers_count'
    ) }} as logo_churn_stripe_rate,
    {{ exact_divide('starting_customers_count - lost_customers_count', 'starting_customers_count') }}
        as customer_retention_rate,
    {{ exact_divide('voluntarily_lost_customers_count', 'starting_customers_count') }} as voluntary_logo_churn_rate,
    {{ exact_divide('involuntarily_lost_customers_count', 'starting_customers_count') }} as involuntary_logo_churn_rate
from summed
