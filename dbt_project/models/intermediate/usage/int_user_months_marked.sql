{{ config(
    materialized='incremental', incremental_strategy='replace_outdated', unique_key='activity_month',
    on_schema_change='sync_all_columns'
) }}
{#- Whole months are rebuilt when one of their days was, from the sums by day and never from events. -#}
{#- An event of nobody is the system's own. -#}
{#- Written out twice: a table expression with two readers would be kept, all days of the first build at once. -#}
{%- set within = within_outdated('activity_month', 'event_date', as_day=true) -%}
{%- set days = usage_days_where(['actor_id is not null'] + within) -%}
with days as (
    {{ days }}
),

{{ qualifying_kinds('(' ~ days ~ ') as kinds') }},

{# Builds have long names: they are looked up once the months are summed. #}
months as (
    select
        days.source_id,
        days.actor_id,
        days.is_user,
        days.customer_id,
        qualifying.activity_notion,
        {{ period_start('month', 'days.event_date') }} as activity_month,
        bit_or({{ shifted_left(1, 'day(days.event_date) - 1') }}) as active_days,
        cast(sum(days.occurrence_count) as bigint) as occurrence_count,
        cast(sum(days.event_count) as bigint) as event_count
    from days
    inner join qualifying
        on
            days.event_name = qualifying.event_name
            and days.feature_name is not distinct from qualifying.feature_name
    group by
        days.source_id, days.actor_id, days.is_user, days.customer_id, qualifying.activity_notion,
        {{ period_start('month', 'days.event_date') }}
),

outdated as (
    {{ outdated_usage_builds('activity_month') }}
)

select
    months.source_id,
    months.actor_id,
    months.is_user,
    months.customer_id,
    months.activity_notion,
    months.activity_month,
    months.active_days,
    months.occurrence_count,
    months.event_count,
    outdated.build_id
from months
inner join outdated
    on months.activity_month = outdated.activity_month
order by months.activity_month
