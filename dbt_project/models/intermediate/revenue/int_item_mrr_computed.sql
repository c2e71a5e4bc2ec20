{#- MRR of each item over time, in the currency it is sold in. -#}
{%- set columns = [
    'source_id', 'billing_customer_id', 'subscription_id', 'subscription_item_id', 'price_id', 'product_id',
    'plan_name', 'currency_code', 'billing_interval', 'billing_interval_count', 'quantity', 'state',
    'valid_from_at', 'valid_to_at', 'scheduled_end_at', 'end_reason'
] -%}
with discounted as (
    select * from {{ ref('int_intervals_discounted') }}
),

discounted_subscriptions as (
    select distinct source_id, subscription_id from discounted
),

undiscounted as (
    select priced.*
    from {{ ref('int_priced_intervals_unioned') }} as priced
    left join discounted_subscriptions
        on
            priced.source_id = discounted_subscriptions.source_id
            and priced.subscription_id = discounted_subscriptions.subscription_id
    where discounted_subscriptions.subscription_id is null
),

amounts as (
    select
        {% for column in columns -%}
        {{ column }},
        {% endfor -%}
        list_amount_minor,
        period_amount_minor,
        lasting_amount_minor
    from discounted
    union all
    select
        {% for column in columns -%}
        {{ column }},
        {% endfor -%}
        period_amount_minor as list_amount_minor,
        period_amount_minor,
        period_amount_minor as lasting_amount_minor
    from undiscounted
),

factored as (
    select
        amounts.*,
        customers.customer_id,
        intervals.month_numerator,
        cast(
            intervals.month_denominator * amounts.billing_interval_count
            * power(10, currencies.minor_unit_exponent) as bigint
        ) as divisor
    from amounts
    inner join {{ ref('int_customers_resolved') }} as customers
        on
            amounts.source_id = customers.source_id
            and amounts.billing_customer_id = customers.billing_customer_id
    inner join {{ ref('billing_intervals') }} as intervals
        on amounts.billing_interval = intervals.billing_interval
    inner join {{ ref('currencies') }} as currencies
        on amounts.currency_code = currencies.currency_code
    where not customers.is_test
)

select
    customer_id,
    {% for column in columns -%}
    {{ column }},
    {% endfor -%}
    {{ exact_divide('list_amount_minor * month_numerator', 'divisor') }} as list_mrr_amount,
    {{ exact_divide('period_amount_minor * month_numerator', 'divisor') }} as mrr_amount,
    {{ exact_divide('lasting_amount_minor * month_numerator', 'divisor') }} as lasting_mrr_amount
from factored
