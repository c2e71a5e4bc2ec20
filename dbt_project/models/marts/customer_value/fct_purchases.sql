{%- set measures = ['purchases_count', 'repeat_purchases_count', 'purchasing_customers_count', 'purchases_amount'] -%}
with purchases as (
    select
        customer_id,
        booked_date,
        sum(revenue_amount) as purchase_amount,
        min(booked_date) over (partition by customer_id) as first_purchase_date
    from {{ ref('int_revenue_entries_dated') }}
    where revenue_type = 'payment'
    group by customer_id, booked_date
),

placed as (
    {{ placed_in_periods('purchases', 'booked_date', grains=['month', 'quarter', 'half_year', 'year'], billed=true) }}
),

customers as (
    select
        grain,
        period_start,
        customer_id,
        count(*) as purchases_count,
        count_if(booked_date > first_purchase_date) as repeat_purchases_count,
        1 as purchasing_customers_count,
        sum(purchase_amount) as purchases_amount
    from placed
    group by grain, period_start, customer_id
),

{{ dense_in_segments('customers', measures) }},

joined as (
    select
        dense.*,
        {{ days_between('dense.period_start', 'dense.period_end') }} as period_days,
        {{ lifespan_days('churn.starting_customers_count', 'churn.lost_customers_count') }} as lifespan_days
    from dense
    left join {{ ref('fct_lifetime_value') }} as churn
        on
            dense.grain = churn.grain
            and dense.period_start = churn.period_start
            and dense.segment_name = churn.segment_name
            and dense.segment_value = churn.segment_value
)

select
    grain,
    period_start,
    period_end,
    is_complete,
    segment_name,
    segment_value,
    '{{ var("reporting_currency") }}' as currency_code,
    cast(purchases_count as bigint) as purchases_count,
    cast(repeat_purchases_count as bigint) as repeat_purchases_count,
    cast(purchasing_customers_count as bigint) as purchasing_customers_count,
    {{ money('purchases_amount') }} as purchases_amount,
    {{ exact_divide('purchases_amount', 'purchases_count') }} as average_purchase_amount,
    {{ exact_divide('purchases_count', 'purchasing_customers_count') }} as purchases_per_customer_ratio,
    {{ exact_divide('repeat_purchases_count', 'purchases_count') }} as repeat_purchase_rate,
    lifespan_days,
    {{ exact_divide('lifespan_days', 'period_days') }} as lifespan_periods_ratio,
    {{ money('purchases_amount * ' ~ exact_divide('lifespan_days', 'period_days')) }} as purchases_over_lifespan_amount,
    {{ exact_divide(
        'purchases_amount * ' ~ exact_divide('lifespan_days', 'period_days'), 'purchasing_customers_count'
    ) }} as purchase_based_value_amount
from joined
