with customers as (
    select
        customer_id,
        source_id,
        count(*) as billing_customers_count
    from {{ ref('int_customers_resolved') }}
    where not is_test
    group by customer_id, source_id
),

described as (
    select
        customers.customer_id,
        customers.source_id,
        customers.billing_customers_count,
        billing.customer_name,
        billing.email,
        billing.created_at
    from customers
    left join {{ ref('stg_billing__customers') }} as billing
        on
            customers.source_id = billing.source_id
            and customers.customer_id = billing.source_id || ':' || billing.customer_id
),

balances as (
    select
        customer_id,
        max_by(mrr_after, changed_at) as mrr_amount,
        max_by(is_paused_after, changed_at) as is_paused,
        min(first_paid_at) as first_paid_at
    from {{ ref('int_customer_mrr_changed') }}
    group by customer_id
),

segments as (
    select
        customer_id
        {%- for segment in segment_names() %},
        max(case when segment_name = '{{ segment }}' then segment_value end) as {{ segment }}
        {%- endfor %}
    from {{ ref('int_customer_segments_dated') }}
    where opening_to_date = cast('9999-12-31' as date)
    group by customer_id
)

select
    described.customer_id,
    described.source_id,
    described.customer_name,
    described.email,
    described.billing_customers_count,
    described.created_at,
    balances.first_paid_at,
    coalesce(balances.mrr_amount, 0) > 0 as is_paying,
    coalesce(balances.is_paused, false) as is_paused,
    '{{ var("reporting_currency") }}' as currency_code,
    {{ money('coalesce(balances.mrr_amount, 0)') }} as mrr_amount
    {%- for segment in segment_names() %},
    segments.{{ segment }}
    {%- endfor %}
from described
left join balances on described.customer_id = balances.customer_id
left join segments on described.customer_id = segments.customer_id
