{%- set day_after = add_days(last_measured_day(), 1) -%}
{%- set measures = [] -%}
{%- for kind in ['user', 'customer'] -%}
    {%- do measures.extend(['active_' ~ kind ~ 's_count', 'active_' ~ kind ~ '_days_count',
        'trailing_week_' ~ kind ~ 's_count', 'trailing_month_' ~ kind ~ 's_count',
        'trailing_month_' ~ kind ~ '_days_count']) -%}
{%- endfor -%}
with summed as (
    select * from {{ ref('int_activity_periods_summed') }}
),

dense as (
    {{ over_every_period('summed', measures, keys=['activity_notion']) }}
),

domain as (
    select min(event_date) as first_date from {{ ref('int_usage_days_landed') }}
),

{# State is kept by month, which begins before the first day of use: rows begin with that day. #}
beginnings as (
    select activity_notion, min(period_start) as first_active_date
    from summed
    where grain = 'day' and active_users_count > 0
    group by activity_notion
),

{# Only days on which usage was collected at all are averaged over: nothing is known of those before. #}
observed as (
    select
        dense.*,
        {{ days_between('greatest(dense.period_start, domain.first_date)', 'least(dense.period_end, ' ~ day_after ~ ')') }}
            as observed_days_count,
        least({{ trailing_active_days() }}, {{ days_between('domain.first_date', 'least(dense.period_end, ' ~ day_after ~ ')') }})
            as trailing_days_count
    from dense
    inner join beginnings
        on
            dense.activity_notion = beginnings.activity_notion
            and dense.period_end > beginnings.first_active_date
    cross join domain
),

averaged as (
    select
        *,
        case when grain in ('day', 'month') then {{ period_start('month', 'period_start') }} end as month_start,
        {{ exact_divide('active_user_days_count', 'observed_days_count') }} as average_daily_users_count,
        {{ exact_divide('active_customer_days_count', 'observed_days_count') }} as average_daily_customers_count,
        {{ exact_divide('trailing_month_user_days_count', 'trailing_days_count') }} as trailing_average_daily_users_count,
        {{ exact_divide('trailing_month_customer_days_count', 'trailing_days_count') }}
            as trailing_average_daily_customers_count
    from observed
),

{# A day is held against its own calendar month. #}
calendar_months as (
    select segment_name, segment_value, activity_notion, period_start as month_start, active_users_count
    from dense
    where grain = 'month'
),

with_months as (
    select
        averaged.*,
        calendar_months.active_users_count as calendar_month_users_count
    from averaged
    left join calendar_months
        on
            averaged.month_start = calendar_months.month_start
            and averaged.segment_name = calendar_months.segment_name
            and averaged.segment_value = calendar_months.segment_value
            and averaged.activity_notion = calendar_months.activity_notion
)

select
    grain,
    period_start,
    period_end,
    is_complete,
    segment_name,
    segment_value,
    activity_notion,
    active_users_count,
    active_user_days_count,
    cast(observed_days_count as bigint) as observed_days_count,
    average_daily_users_count,
    trailing_week_users_count,
    trailing_month_users_count,
    trailing_month_user_days_count,
    cast(trailing_days_count as bigint) as trailing_days_count,
    trailing_average_daily_users_count,
    {{ exact_divide('trailing_average_daily_users_count', 'trailing_month_users_count') }} as stickiness_rate,
    calendar_month_users_count,
    {{ exact_divide('average_daily_users_count', 'calendar_month_users_count') }} as calendar_stickiness_rate,
    active_customers_count,
    active_customer_days_count,
    average_daily_customers_count,
    trailing_week_customers_count,
    trailing_month_customers_count,
    trailing_average_daily_customers_count,
    {{ exact_divide('trailing_average_daily_customers_count', 'trailing_month_customers_count') }}
        as customer_stickiness_rate
from with_months
