{#- Days and weeks are counted for all customers together, longer periods for each and then by segment. -#}
{%- set longer = ['month', 'quarter', 'half_year', 'year'] -%}
{%- set distinct = ['active_users_count', 'active_customers_count'] -%}
{%- set days_of = ['active_user_days_count', 'active_customer_days_count'] -%}
{%- set trailing = [] -%}
{%- for kind in ['user', 'customer'] -%}
    {%- do trailing.extend(['trailing_week_' ~ kind ~ 's_count', 'trailing_month_' ~ kind ~ 's_count',
        'trailing_month_' ~ kind ~ '_days_count']) -%}
{%- endfor -%}
with months as (
    select * from {{ ref('int_customer_activity_measured') }}
),

{# Windows are those of the period's last day that is measured, and so of its last month's. #}
by_customer as (
    select
        grain,
        period_start,
        customer_id,
        activity_notion,
        active_users_count,
        case when customer_id is not null then 1 else 0 end as active_customers_count
        {%- for measure in days_of + trailing %},
        0 as {{ measure }}
        {%- endfor %}
    from {{ ref('int_user_periods_counted') }}
    union all
    select
        grain,
        period_start,
        customer_id,
        activity_notion,
        0 as active_users_count,
        0 as active_customers_count
        {%- for measure in days_of %},
        {{ measure }}
        {%- endfor %}
        {%- for measure in trailing %},
        case
            when activity_month = {{ period_start('month', 'least(' ~ add_days(period_end('grain', 'period_start'), -1)
                ~ ', ' ~ last_measured_day() ~ ')') }}
                then {{ measure }}
            else 0
        end as {{ measure }}
        {%- endfor %}
    from ({{ placed_in_periods('months', 'activity_month', trailing=[], grains=longer) }}) as placed
),

weeks as (
    select
        *,
        {{ week_start('activity_date') }} as period_start,
        activity_date = {{ add_days(week_start('activity_date'), 6) }} as is_last_day,
        activity_date = least({{ add_days(week_start('activity_date'), 6) }}, {{ last_measured_day() }})
            as is_last_measured_day
    from {{ ref('int_activity_days_counted') }}
),

placed as (
    {{ placed_in_segments('by_customer', ['activity_notion'] + distinct + days_of + trailing) }}
    union all
    select
        'day' as grain,
        activity_date as period_start,
        'all' as segment_name,
        'all' as segment_value,
        activity_notion
        {%- for measure in distinct + distinct + trailing %},
        {{ measure }}
        {%- endfor %}
    from {{ ref('int_activity_days_counted') }}
    union all
    select
        'week' as grain,
        period_start,
        'all' as segment_name,
        'all' as segment_value,
        activity_notion
        {%- for kind in ['user', 'customer'] %},
        case when is_last_day then trailing_week_{{ kind }}s_count else 0 end as active_{{ kind }}s_count
        {%- endfor %}
        {%- for measure in distinct %},
        {{ measure }}
        {%- endfor %}
        {%- for measure in trailing %},
        case when is_last_measured_day then {{ measure }} else 0 end as {{ measure }}
        {%- endfor %}
    from weeks
)

select
    grain,
    period_start,
    segment_name,
    segment_value,
    activity_notion
    {%- for measure in distinct + days_of + trailing %},
    cast(sum({{ measure }}) as bigint) as {{ measure }}
    {%- endfor %}
from placed
group by grain, period_start, segment_name, segment_value, activity_notion
