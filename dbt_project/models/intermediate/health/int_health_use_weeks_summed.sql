{#- Every window of the card is made of whole weeks before as_of. -#}
{%- set weeks = var('health_snapshot_weeks', 21) + 17 -%}

with windowed as (
    select
        source_id,
        actor_id,
        is_user,
        customer_id,
        feature_name,
        cast(floor(({{ days_between('event_date', local_date(as_of())) }} - 1) / 7.0) as int) as weeks_ago,
        sum(event_count) as event_count
    from {{ ref('int_usage_days_summed') }}
    where
        actor_id is not null
        and event_date < {{ local_date(as_of()) }}
        and event_date >= {{ add_days(local_date(as_of()), -7 * weeks) }}
    group by all
),

{# A device that was never linked to a user is nobody's use. #}
attributed as (
    select
        windowed.source_id,
        coalesce(users.resolved_user_id, windowed.actor_id) as user_id,
        coalesce(windowed.customer_id, users.billing_customer_id) as billing_customer_id,
        windowed.feature_name,
        windowed.weeks_ago,
        windowed.event_count
    from windowed
    left join {{ ref('int_users_resolved') }} as users
        on windowed.source_id = users.source_id and windowed.actor_id = users.user_id
    where
        (windowed.is_user or users.user_id is not null)
        and not coalesce(users.is_internal, false)
)

select
    attributed.source_id,
    customers.customer_id,
    attributed.user_id,
    attributed.feature_name,
    attributed.weeks_ago,
    cast(sum(attributed.event_count) as bigint) as event_count
from attributed
inner join {{ ref('int_customers_resolved') }} as customers
    on
        attributed.source_id = customers.source_id
        and attributed.billing_customer_id = customers.billing_customer_id
group by all
