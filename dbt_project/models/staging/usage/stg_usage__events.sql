{#- An identifier on two days is two events, as in int_usage_days_summed: each day can be rebuilt alone. -#}
with events as (
    {{ events_of('usage_events', key=['event_id', local_date('occurred_at')], event_time='occurred_at') }}
)

select
    source_id,
    event_id,
    event_name,
    user_id,
    anonymous_id,
    customer_id,
    feature_name,
    session_id,
    coalesce(event_count, 1) as event_count,
    occurred_at,
    received_at
from events
