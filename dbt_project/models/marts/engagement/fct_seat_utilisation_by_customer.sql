with periods as (
    {{ periods_of_months() }}
),

{# What a source has not told yet is not silence: periods count from its first month of use. #}
sources as (
    select source_id, min(activity_month) as first_month
    from {{ ref('int_user_months_marked') }}
    group by source_id
),

items as (
    select source_id, customer_id, subscription_id, plan_name, quantity, valid_from_at, valid_to_at
    from {{ ref('int_item_mrr_computed') }}
    where state = 'paying' and mrr_amount > 0
),

{# A plan of which nobody ever had more than one, tried or paid, has a flat fee and no seats. #}
seat_plans as (
    select source_id, plan_name
    from {{ ref('int_item_mrr_computed') }}
    group by source_id, plan_name
    having max(quantity) > 1
),

ends as (
    select distinct
        period_end,
        least({{ local_midnight('period_end') }}, {{ as_of() }}) as end_at
    from periods
),

{# Just before the period's end; add-ons for some of a subscription's seats are no seats of their own. #}
subscriptions as (
    select
        ends.period_end,
        items.source_id,
        items.customer_id,
        items.subscription_id,
        max(items.quantity) as seats_count
    from items
    inner join seat_plans
        on items.source_id = seat_plans.source_id and items.plan_name is not distinct from seat_plans.plan_name
    inner join ends
        on items.valid_from_at < ends.end_at and items.valid_to_at >= ends.end_at
    group by ends.period_end, items.source_id, items.customer_id, items.subscription_id
),

seats as (
    select
        subscriptions.period_end,
        subscriptions.customer_id,
        min(sources.first_month) as first_month,
        sum(subscriptions.seats_count) as seats_count
    from subscriptions
    inner join sources
        on subscriptions.source_id = sources.source_id
    group by subscriptions.period_end, subscriptions.customer_id
)

select
    periods.grain,
    periods.period_start,
    periods.period_end,
    seats.customer_id,
    coalesce(activity.active_users_count, 0) as active_users_count,
    {{ money('seats.seats_count') }} as paid_seats_count,
    {{ exact_divide('coalesce(activity.active_users_count, 0)', 'seats.seats_count') }} as seat_utilisation_ratio
from seats
inner join periods
    on seats.period_end = periods.period_end and periods.period_end > seats.first_month
left join {{ ref('int_customer_activity_counted') }} as activity
    on
        periods.grain = activity.grain
        and periods.period_start = activity.period_start
        and seats.customer_id = activity.customer_id
