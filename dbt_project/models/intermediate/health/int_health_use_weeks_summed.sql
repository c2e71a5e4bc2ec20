{#-
  Every window of the card is made of whole weeks before the date that a grid ends with. Weekly snapshots
  share a grid: what only some of them know carries from when to when they do, all else is held throughout.
-#}
with grids as (
    select
        grid_date,
        min(as_of_date) as first_date,
        {{ add_days('min(as_of_date)', '-7 * 17') }} as used_from_date
    from {{ ref('int_health_snapshots_dated') }}
    group by grid_date
),

{# What the product does by itself is nobody's use. #}
{{ qualifying_kinds(ref('int_usage_days_summed')) }},

windowed as (
    select
        days.source_id,
        days.actor_id,
        days.is_user,
        days.customer_id,
        days.feature_name,
        coalesce(days.known_from_date, {{ always() }}) as known_from_date,
        grids.grid_date,
        grids.first_date,
        cast(floor(({{ days_between('days.event_date', 'grids.grid_date') }} - 1) / 7.0) as int) as weeks_ago,
        sum(days.event_count) as event_count
    from {{ ref('int_usage_days_summed') }} as days
    inner join grids
        on days.event_date < grids.grid_date and days.event_date >= grids.used_from_date
    inner join qualifying
        on
            days.event_name = qualifying.event_name
            and days.feature_name is not distinct from qualifying.feature_name
            and qualifying.activity_notion = 'active'
    where days.actor_id is not null and coalesce(days.known_from_date <= grids.grid_date, true)
    group by all
),

{# A device that was never linked to a user is nobody's use. #}
attributed as (
    select
        windowed.source_id,
        case when users.is_known then users.resolved_user_id else windowed.actor_id end as user_id,
        coalesce(windowed.customer_id, users.billing_customer_id) as billing_customer_id,
        windowed.feature_name,
        windowed.grid_date,
        windowed.first_date,
        windowed.weeks_ago,
        windowed.event_count,
        greatest(windowed.known_from_date, coalesce(users.held_from_date, {{ always() }})) as held_from_date,
        coalesce(users.held_to_date, {{ never() }}) as held_to_date
    from windowed
    left join {{ ref('int_health_users_held') }} as users
        on
            windowed.source_id = users.source_id
            and windowed.actor_id = users.user_id
            and users.held_from_date <= windowed.grid_date
            and users.held_to_date > windowed.first_date
    where
        (windowed.is_user or coalesce(users.is_known, false))
        and not coalesce(users.is_internal, false)
),

owned as (
    select
        attributed.*,
        customers.customer_id,
        {{ held_from_both('attributed', 'customers') }} as both_from_date,
        {{ held_to_both('attributed', 'customers') }} as both_to_date
    from attributed
    inner join {{ ref('int_health_customers_held') }} as customers
        on
            attributed.source_id = customers.source_id
            and attributed.billing_customer_id = customers.billing_customer_id
            and {{ held_together('attributed', 'customers') }}
)

select
    source_id,
    customer_id,
    user_id,
    feature_name,
    grid_date,
    weeks_ago,
    case when both_from_date > first_date then both_from_date else {{ always() }} end as held_from_date,
    case when both_to_date <= grid_date then both_to_date else {{ never() }} end as held_to_date,
    cast(sum(event_count) as bigint) as event_count
from owned
where both_from_date <= grid_date and both_to_date > first_date and both_from_date < both_to_date
group by all
