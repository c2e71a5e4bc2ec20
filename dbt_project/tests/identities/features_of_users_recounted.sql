{#-
  Features whose users of the last three months, counted one by one, are not what the bits of their months say.
  Older months are left alone: counting distinct users over all of history costs more than it finds.
-#}
with periods as (
    select grain, period_start, period_end
    from {{ ref('int_periods_spanned') }}
    where
        grain in ('month', 'quarter')
        and period_start >= {{ add_months(period_start('month', last_measured_day()), -2) }}
),

used as (
    select
        used.activity_month,
        used.feature_name,
        used.event_count,
        actors.customer_id,
        actors.customer_user_number
    from {{ ref('int_feature_months_marked') }} as used
    inner join {{ ref('int_actors_attributed') }} as actors
        on
            used.source_id = actors.source_id
            and used.actor_id = actors.actor_id
            and used.is_user = actors.is_user
            and used.customer_id is not distinct from actors.named_customer_id
    where used.activity_month >= {{ add_months(period_start('month', last_measured_day()), -2) }}
),

recounted as (
    select
        periods.grain,
        periods.period_start,
        used.feature_name,
        count(distinct used.customer_user_number) as users_count,
        count(distinct used.customer_id) as customers_count,
        sum(used.event_count) as events_count
    from used
    inner join periods
        on used.activity_month >= periods.period_start and used.activity_month < periods.period_end
    group by periods.grain, periods.period_start, used.feature_name
),

published as (
    select published.*
    from {{ ref('fct_feature_adoption') }} as published
    inner join periods
        on published.grain = periods.grain and published.period_start = periods.period_start
    where published.segment_name = 'all'
)

select
    coalesce(published.grain, recounted.grain) as grain,
    coalesce(published.period_start, recounted.period_start) as period_start,
    coalesce(published.feature_name, recounted.feature_name) as feature_name,
    published.adopting_users_count,
    recounted.users_count
from published
full outer join recounted
    on
        published.grain = recounted.grain
        and published.period_start = recounted.period_start
        and published.feature_name = recounted.feature_name
where
    coalesce(published.adopting_users_count, 0) <> coalesce(recounted.users_count, 0)
    or coalesce(published.adopting_customers_count, 0) <> coalesce(recounted.customers_count, 0)
    or coalesce(published.feature_events_count, 0) <> coalesce(recounted.events_count, 0)
