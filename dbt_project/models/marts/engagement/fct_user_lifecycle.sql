{#-
  Who was there once and does nothing in a period is dormant in it, so periods are spanned from the first
  user on: the longer ones for each customer, weeks for all customers together.
-#}
{%- set measures = ['active_users_count', 'new_users_count', 'returning_users_count', 'dormant_users_count'] -%}
with beginnings as (
    select activity_notion, min(activity_date) as first_active_date
    from {{ ref('int_activity_days_counted') }}
    where new_users_count > 0
    group by activity_notion
),

{# State is kept by month, which begins before the first day of use: weeks begin with that day. #}
days as (
    select
        counted.*,
        {{ week_start('counted.activity_date') }} as week_start,
        counted.activity_date = {{ add_days(week_start('counted.activity_date'), 6) }} as is_last_day
    from {{ ref('int_activity_days_counted') }} as counted
    inner join beginnings
        on
            counted.activity_notion = beginnings.activity_notion
            and counted.activity_date >= beginnings.first_active_date
),

counted as (
    select grain, period_start, customer_id, activity_notion, active_users_count, new_users_count, returning_users_count
    from {{ ref('int_user_periods_counted') }}
    union all
    select
        'week' as grain,
        week_start as period_start,
        cast(null as string) as customer_id,
        activity_notion,
        sum(case when is_last_day then trailing_week_users_count else 0 end) as active_users_count,
        sum(new_users_count) as new_users_count,
        sum(case when is_last_day then returning_week_users_count else 0 end) as returning_users_count
    from days
    group by activity_notion, week_start
),

spans as (
    select
        beginnings.*,
        periods.period_start
    from (
        select grain, customer_id, activity_notion, min(period_start) as first_start
        from counted
        group by grain, customer_id, activity_notion
    ) as beginnings
    inner join {{ ref('int_periods_spanned') }} as periods
        on beginnings.grain = periods.grain and periods.period_start >= beginnings.first_start
),

{# So far new are all who ever were active. #}
followed as (
    select
        spans.grain,
        spans.period_start,
        spans.customer_id,
        spans.activity_notion,
        coalesce(counted.active_users_count, 0) as active_users_count,
        coalesce(counted.new_users_count, 0) as new_users_count,
        coalesce(counted.returning_users_count, 0) as returning_users_count,
        sum(coalesce(counted.new_users_count, 0)) over (
            partition by spans.grain, spans.activity_notion, spans.customer_id
            order by spans.period_start
            rows between unbounded preceding and current row
        ) - coalesce(counted.active_users_count, 0) as dormant_users_count
    from spans
    left join counted
        on
            spans.grain = counted.grain
            and spans.period_start = counted.period_start
            and spans.activity_notion = counted.activity_notion
            and spans.customer_id is not distinct from counted.customer_id
),

by_customer as (
    select * from followed
    where grain <> 'week'
),

placed as (
    {{ placed_in_segments('by_customer', ['activity_notion'] + measures) }}
    union all
    select
        grain, period_start, 'all' as segment_name, 'all' as segment_value, activity_notion,
        {{ measures | join(', ') }}
    from followed
    where grain = 'week'
),

summed as (
    select
        grain, period_start, segment_name, segment_value, activity_notion
        {%- for measure in measures %},
        sum({{ measure }}) as {{ measure }}
        {%- endfor %}
    from placed
    group by grain, period_start, segment_name, segment_value, activity_notion
),

dense as (
    {{ over_every_period('summed', measures, keys=['activity_notion']) }}
)

select
    grain,
    period_start,
    period_end,
    is_complete,
    segment_name,
    segment_value,
    activity_notion,
    cast(active_users_count as bigint) as active_users_count,
    cast(new_users_count as bigint) as new_users_count,
    cast(returning_users_count as bigint) as returning_users_count,
    cast(active_users_count - new_users_count - returning_users_count as bigint) as resurrecting_users_count,
    cast(dormant_users_count as bigint) as dormant_users_count
from dense
