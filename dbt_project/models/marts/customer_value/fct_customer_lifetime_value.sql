with entries as (
    select
        customer_id,
        revenue_type,
        booked_date,
        revenue_amount
    from {{ ref('int_revenue_entries_dated') }}
    where revenue_type in ('payment', 'refund')
),

{# Whatever a customer pays on one day is one purchase. #}
purchases as (
    select
        customer_id,
        booked_date,
        sum(revenue_amount) as purchase_amount,
        min(booked_date) over (partition by customer_id) as first_purchase_date
    from entries
    where revenue_type = 'payment'
    group by customer_id, booked_date
),

bought as (
    select
        customer_id,
        min(booked_date) as first_purchase_date,
        max(booked_date) as last_purchase_date,
        count(*) as purchases_count,
        count(*) - 1 as repeat_purchases_count,
        sum(case when booked_date > first_purchase_date then purchase_amount else 0 end) as repeat_purchases_amount
    from purchases
    group by customer_id
),

collected as (
    select
        customer_id,
        sum(case when revenue_type = 'payment' then revenue_amount else 0 end) as purchases_amount,
        -sum(case when revenue_type = 'refund' then revenue_amount else 0 end) as refunded_amount
    from entries
    group by customer_id
),

{# Of all customers, by the last three complete months. #}
lifespan as (
    select {{ lifespan_days('starting_customers_count', 'lost_customers_count') }} as lifespan_days
    from (
        select
            max_by(starting_customers_count, period_start) as starting_customers_count,
            max_by(lost_customers_count, period_start) as lost_customers_count
        from {{ ref('fct_lifetime_value') }}
        where grain = 'month' and segment_name = 'all' and is_complete
    ) as last_month
),

joined as (
    select
        collected.*,
        bought.first_purchase_date,
        bought.last_purchase_date,
        coalesce(bought.purchases_count, 0) as purchases_count,
        bought.repeat_purchases_count,
        bought.repeat_purchases_amount,
        {{ days_between('bought.first_purchase_date', 'bought.last_purchase_date') }} as recency_days,
        {{ days_between('bought.first_purchase_date', last_measured_day()) }} as age_days,
        lifespan.lifespan_days
    from collected
    left join bought on collected.customer_id = bought.customer_id
    cross join lifespan
)

select
    customer_id,
    '{{ var("reporting_currency") }}' as currency_code,
    {{ money('purchases_amount') }} as purchases_amount,
    {{ money('refunded_amount') }} as refunded_amount,
    {{ money('purchases_amount - refunded_amount') }} as historic_value_amount,
    first_purchase_date,
    last_purchase_date,
    purchases_count,
    repeat_purchases_count,
    recency_days,
    age_days,
    {{ money('repeat_purchases_amount') }} as repeat_purchases_amount,
    {{ exact_divide('repeat_purchases_amount', 'repeat_purchases_count') }} as average_repeat_purchase_amount,
    {{ exact_divide('purchases_amount', 'purchases_count') }} as average_purchase_amount,
    {{ exact_divide('365 * repeat_purchases_count', 'age_days') }} as purchases_per_year_ratio,
    lifespan_days,
    {{ exact_divide(
        exact_divide('purchases_amount', 'purchases_count') ~ ' * '
        ~ exact_divide('repeat_purchases_count * lifespan_days', 'age_days'), '1'
    ) }} as purchase_based_value_amount
from joined
