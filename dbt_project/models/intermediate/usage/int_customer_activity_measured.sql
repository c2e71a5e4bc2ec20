{{ config(
    materialized='incremental', incremental_strategy='replace_outdated', unique_key='activity_month',
    on_schema_change='sync_all_columns'
) }}
{#- How much the users of each customer were active in a month, and up to its last day that is measured. -#}
{%- set window = trailing_active_days() -%}
with {{ activity_windows() }},

placed as (
    select
        *,
        31 + {{ days_between(
            'activity_month', 'least(last_day(activity_month), ' ~ last_measured_day() ~ ')'
        ) }} as last_place
    from windows
    where activity_month <= {{ last_measured_day() }}
),

measured as (
    select
        activity_notion,
        activity_month,
        customer_id,
        actor_kind,
        event_count,
        build_id,
        bit_count({{ shifted_right('recent_days', 31) }}) as active_day_count,
        case when {{ days_up_to('recent_days', 'last_place', 7) }} <> 0 then 1 else 0 end as is_active_in_week,
        case when {{ days_up_to('recent_days', 'last_place', window) }} <> 0 then 1 else 0 end as is_active_in_month,
        bit_count({{ days_up_to('recent_days', 'last_place', window) }}) as window_day_count
    from placed
)

select
    activity_notion,
    activity_month,
    customer_id
    {%- for kind in ['user', 'customer'] %}
    {%- for measure, name in [
        ('active_day_count', 'active_' ~ kind ~ '_days_count'),
        ('is_active_in_week', 'trailing_week_' ~ kind ~ 's_count'),
        ('is_active_in_month', 'trailing_month_' ~ kind ~ 's_count'),
        ('window_day_count', 'trailing_month_' ~ kind ~ '_days_count'),
    ] %},
    cast(sum(case when actor_kind = '{{ kind }}' then {{ measure }} else 0 end) as bigint) as {{ name }}
    {%- endfor %}
    {%- endfor %},
    cast(sum(event_count) as bigint) as event_count,
    build_id
from measured
group by activity_notion, activity_month, customer_id, build_id
