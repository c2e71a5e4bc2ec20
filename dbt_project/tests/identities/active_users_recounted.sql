{#-
  The last month's active users, and those of the windows that end with it, counted one by one from the sums by
  day, where they are not what the bits of months say. Older days are left alone: what is true of a month's bits
  is true of all.
-#}
{%- set last_day = last_measured_day() -%}
{%- set windows = {
    'month': [period_start('month', last_day), 'active_users_count'],
    'week': [add_days(last_day, -6), 'trailing_week_users_count'],
    'trailing': [add_days(last_day, 1 - trailing_active_days()), 'trailing_month_users_count'],
} -%}
with days as (
    select *
    from {{ ref('int_usage_days_summed') }}
    where actor_id is not null and event_date >= {{ add_days(last_day, -30) }}
),

{{ qualifying_kinds('days') }},

active as (
    select distinct
        qualifying.activity_notion,
        days.event_date,
        actors.user_id,
        actors.customer_id
    from days
    inner join qualifying
        on
            days.event_name = qualifying.event_name
            and days.feature_name is not distinct from qualifying.feature_name
    inner join {{ ref('int_actors_attributed') }} as actors
        on
            days.source_id = actors.source_id
            and days.actor_id = actors.actor_id
            and days.is_user = actors.is_user
            and days.customer_id is not distinct from actors.named_customer_id
),

recounted as (
    {% for name, (first_day, measure) in windows.items() -%}
    select
        '{{ measure }}' as measure,
        activity_notion,
        count(*) as users_count
    from (
        select distinct activity_notion, user_id, customer_id
        from active
        where event_date >= {{ first_day }}
    ) as {{ name }}_users
    group by activity_notion
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

published as (
    {% for name, (first_day, measure) in windows.items() -%}
    select
        '{{ measure }}' as measure,
        activity_notion,
        {{ measure }} as users_count
    from {{ ref('fct_active_users') }}
    where grain = 'month' and segment_name = 'all' and period_start = {{ period_start('month', last_day) }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
)

select
    coalesce(recounted.measure, published.measure) as measure,
    coalesce(recounted.activity_notion, published.activity_notion) as activity_notion,
    recounted.users_count as recounted_users_count,
    published.users_count as published_users_count
from recounted
full join published
    on recounted.measure = published.measure and recounted.activity_notion = published.activity_notion
where coalesce(recounted.users_count, 0) <> coalesce(published.users_count, 0)
