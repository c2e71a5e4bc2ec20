{#-
  MRR of each item over time, in the currency it is sold in, with the key of the rate that makes it the
  reporting currency: the currency's own or, under fx_policy at_start, that of the subscription's start.
-#}
{%- set columns = [
    'source_id', 'billing_customer_id', 'subscription_id', 'subscription_item_id', 'price_id', 'product_id',
    'plan_name', 'currency_code', 'billing_interval', 'billing_interval_count', 'quantity', 'state',
    'valid_from_at', 'valid_to_at', 'scheduled_end_at', 'end_reason', 'mrr_source'
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
    {# Discounts are taken off in what an invoice charges. #}
    {% for relation in ['undiscounted', ref('int_invoice_intervals_rebuilt')] -%}
    union all
    select
        {% for column in columns -%}
        {{ column }},
        {% endfor -%}
        period_amount_minor as list_amount_minor,
        period_amount_minor,
        period_amount_minor as lasting_amount_minor
    from {{ relation }}
    {% endfor -%}
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
),

computed as (
    select
        customer_id,
        {% for column in columns -%}
        {{ column }},
        {% endfor -%}
        {{ exact_divide('list_amount_minor * month_numerator', 'divisor') }} as list_mrr_amount,
        {{ exact_divide('period_amount_minor * month_numerator', 'divisor') }} as mrr_amount,
        {{ exact_divide('lasting_amount_minor * month_numerator', 'divisor') }} as lasting_mrr_amount
    from factored
)

{%- if var('fx_policy') == 'at_start' %},

started as (
    select
        *,
        {# A trial has no payment yet: it converts at its own start. #}
        coalesce(
            case
                when state <> 'trial'
                    then min(case when state = 'paying' and mrr_amount > 0 then valid_from_at end) over subscription
            end,
            min(valid_from_at) over subscription
        ) as rated_at
    from computed
    window subscription as (partition by source_id, subscription_id, currency_code)
)

select
    started.*,
    {{ rate_key_at_start('started.currency_code', 'rates.valid_from_at') }} as rate_key
from started
left join {{ ref('int_exchange_rates_resolved') }} as rates
    on
        started.currency_code = rates.rate_key
        and started.rated_at >= rates.valid_from_at
        and started.rated_at < rates.valid_to_at
{%- else %}

select
    *,
    currency_code as rate_key
from computed
{%- endif %}
