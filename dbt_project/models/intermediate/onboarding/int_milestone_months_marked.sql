{{ config(
    materialized='incremental', incremental_strategy='replace_outdated', unique_key='milestone_month',
    on_schema_change='sync_all_columns'
) }}
{#-
  Whole months are rebuilt when one of their days was, or when other events are milestones, so that no night reads
  the days of years again. A month has a row without an event as well: without one it would be missing every night.
-#}
{%- set within = within_outdated('milestone_month', 'event_date', as_day=true) -%}
{%- set milestones -%}
event_name in (select event_name from {{ ref('milestones') }} where source_name = 'usage_event')
{%- endset -%}
with days as (
    {{ usage_days_where([milestones] + within) }}
),

outdated as (
    {{ outdated_usage_builds('milestone_month') }}
)

select
    days.source_id,
    days.actor_id,
    days.customer_id,
    days.event_name,
    outdated.milestone_month,
    min(days.first_occurred_at) as first_occurred_at,
    cast(sum(days.event_count) as bigint) as event_count,
    outdated.build_id
from outdated
left join days
    on outdated.milestone_month = {{ period_start('month', 'days.event_date') }}
group by
    days.source_id, days.actor_id, days.customer_id, days.event_name, outdated.milestone_month, outdated.build_id
