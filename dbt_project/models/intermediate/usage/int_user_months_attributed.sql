{#-
  The months after an active one are here too as far as a window of 31 days reaches into them, so that
  whatever looks back from a day finds all it needs in the row of the day's month.
-#}
{%- set next_month = add_months('activity_month', 1) -%}
{%- set days_in_month = 'day(last_day(activity_month))' -%}
{%- set days_in_next = 'day(last_day(' ~ next_month ~ '))' -%}
with marked as (
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
    customer_user_number,
    customer_id,
    activity_notion,
    activity_month,
    bit_or(active_days) as active_days,
    bit_or(days_before) as days_before,
    cast(sum(occurrence_count) as bigint) as occurrence_count,
    cast(sum(event_count) as bigint) as event_count
from carried
where
    (active_days <> 0 or days_before <> 0)
    {# The week of the last day may end in the month after. #}
    and activity_month <= {{ add_days(last_measured_day(), 6) }}
group by customer_user_number, customer_id, activity_notion, activity_month
