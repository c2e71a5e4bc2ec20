{#- What is paid for each subscription at each snapshot, at the rate just before it. -#}
with priced as (
    select
        dates.*,
        items.source_id,
        customers.customer_id,
        items.billing_customer_id,
        items.subscription_id,
        items.subscription_item_id,
        items.valid_from_at,
        items.quantity,
        items.plan_name,
        items.billing_interval,
        items.billing_interval_count,
        {{ money('items.mrr_amount * rates.exchange_rate') }} as mrr_amount
    from {{ ref('int_health_dates_spanned') }} as dates
    inner join {{ ref('int_health_items_held') }} as items
        on {{ held_on('items', 'dates.as_of_date') }}
    inner join {{ ref('int_health_customers_held') }} as customers
        on
            items.source_id = customers.source_id
            and items.billing_customer_id = customers.billing_customer_id
            and {{ held_on('customers', 'dates.as_of_date') }}
    left join {{ ref('int_exchange_rates_resolved') }} as rates
        on
            items.rate_key = rates.rate_key
            and rates.valid_from_at < dates.snapshot_at
            and rates.valid_to_at >= dates.snapshot_at
),

ranked as (
    select
        *,
        row_number() over (
            partition by customer_id, as_of_date, source_id, subscription_id
            order by mrr_amount desc nulls last, subscription_item_id, valid_from_at
        ) as item_rank
    from priced
),

{# Add-ons of one unit are no seats of their own. #}
subscriptions as (
    select
        source_id,
        customer_id,
        billing_customer_id,
        subscription_id,
        as_of_date,
        snapshot_at,
        is_weekly,
        is_month_start,
        grid_date,
        weeks_ago,
        max(quantity) as seat_count,
        {{ money('sum(mrr_amount)') }} as mrr_amount,
        max(case when item_rank = 1 then plan_name end) as plan_name,
        max(case when item_rank = 1 then billing_interval end) as billing_interval,
        max(case when item_rank = 1 then billing_interval_count end) as billing_interval_count
    from ranked
    group by all
),

{# Nobody knows yet of a first payment that is told late. #}
payments as (
    select
        source_id,
        subscription_id,
        held_from_date,
        min(valid_from_at) as first_paid_at
    from {{ ref('int_health_items_held') }}
    group by source_id, subscription_id, held_from_date
),

begun as (
    select
        subscriptions.*,
        min(payments.first_paid_at) as paying_from_at
    from subscriptions
    inner join payments
        on
            subscriptions.source_id = payments.source_id
            and subscriptions.subscription_id = payments.subscription_id
            and subscriptions.as_of_date >= payments.held_from_date
    group by all
)

select
    *,
    {{ billing_term_months() }} as term_months,
    row_number() over (
        partition by customer_id, as_of_date order by mrr_amount desc nulls last, source_id, subscription_id
    ) as size_rank
from begun
