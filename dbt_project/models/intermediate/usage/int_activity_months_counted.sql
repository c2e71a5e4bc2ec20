{{ config(
    materialized='incremental', incremental_strategy='replace_outdated', unique_key='activity_month',
    on_schema_change='sync_all_columns'
) }}
{#- All days of a month are counted in one pass over its bitmaps, into columns for each of its days. -#}
{%- set window = trailing_active_days() -%}
with {{ activity_windows() }}

select
    activity_notion,
    activity_month,
    actor_kind
    {%- for place in range(31, 62) %},
    count_if({{ days_up_to('recent_days', place, 1) }} <> 0) as day_{{ place }},
    count_if({{ days_up_to('recent_days', place, 7) }} <> 0) as week_{{ place }},
    count_if({{ days_up_to('recent_days', place, window) }} <> 0) as month_{{ place }},
    count_if(
        {{ days_up_to('recent_days', place, 7) }} <> 0 and {{ days_up_to('recent_days', place - 7, 7) }} <> 0
    ) as returning_{{ place }},
    cast(sum(bit_count({{ days_up_to('recent_days', place, window) }})) as bigint) as window_days_{{ place }}
    {%- endfor %},
    build_id
from windows
group by activity_notion, activity_month, actor_kind, build_id
