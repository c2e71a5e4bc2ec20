{{ config(
    materialized='incremental', incremental_strategy='replace_outdated', unique_key='activity_month',
    on_schema_change='sync_all_columns'
) }}
{#-
  The months after an active one are here too as far as a window of 31 days reaches into them, so that
  whatever looks back from a day finds all it needs in the row of the day's month.
-#}
{%- set next_month = add_months('activity_month', 1) -%}
{%- set days_in_month = 'day(last_day(activity_month))' -%}
{%- set days_in_next = 'day(last_day(' ~ next_month ~ '))' -%}
{%- set outdated = outdated_usage_builds('activity_month', by_user=true) -%}
with outdated as (
    {{ outdated }}
),

{# A month is read for its own sake and for that of the two that follow. #}
needed as (
    {% for months in range(3) -%}
    select {{ add_months('activity_month', -months) }} as activity_month from outdated
    {% if not loop.last %}union{% endif %}
    {% endfor %}
),

marked as (
    select
        actors.customer_user_number,
        actors.customer_id,
        actors.is_shared,
        months.activity_notion,
        months.activity_month,
        months.active_days,
        months.occurrence_count,
        months.event_count
    from {{ ref('int_user_months_marked') }} as months
    inner join needed
        on months.activity_month = needed.activity_month
    inner join {{ ref('int_actors_attributed') }} as actors
        on
            months.source_id = actors.source_id
            and months.actor_id = actors.actor_id
            and months.is_user = actors.is_user
            and months.customer_id is not distinct from actors.named_customer_id
),

{# Nearly every user of a customer is one actor: only the others have anything to unite. #}
united as (
    select customer_user_number, customer_id, activity_notion, activity_month, active_days, occurrence_count, event_count
    from marked
    where not is_shared
    union all
    select
        customer_user_number,
        customer_id,
        activity_notion,
        activity_month,
        bit_or(active_days) as active_days,
        cast(sum(occurrence_count) as bigint) as occurrence_count,
        cast(sum(event_count) as bigint) as event_count
    from marked
    where is_shared
    group by customer_user_number, customer_id, activity_notion, activity_month
),

{# Bit 30 of days_before is the last day before the month. #}
carried as (
    select *, cast(0 as bigint) as days_before
    from united
    union all
    select
        customer_user_number, customer_id, activity_notion, {{ next_month }} as activity_month,
        0 as active_days, 0 as occurrence_count, 0 as event_count,
        {{ shifted_left('active_days', '31 - ' ~ days_in_month) }} as days_before
    from united
    union all
    select
        customer_user_number, customer_id, activity_notion, {{ add_months('activity_month', 2) }} as activity_month,
        0 as active_days, 0 as occurrence_count, 0 as event_count,
        {{ shifted_right('active_days', days_in_month ~ ' + ' ~ days_in_next ~ ' - 31') }} as days_before
    from united
    where {{ days_in_next }} < 31
)

select
    carried.customer_user_number,
    carried.customer_id,
    carried.activity_notion,
    carried.activity_month,
    bit_or(carried.active_days) as active_days,
    bit_or(carried.days_before) as days_before,
    cast(sum(carried.occurrence_count) as bigint) as occurrence_count,
    cast(sum(carried.event_count) as bigint) as event_count,
    outdated.build_id
from carried
inner join outdated
    on carried.activity_month = outdated.activity_month
where carried.active_days <> 0 or carried.days_before <> 0
group by
    carried.customer_user_number, carried.customer_id, carried.activity_notion, carried.activity_month,
    outdated.build_id
order by carried.activity_month
