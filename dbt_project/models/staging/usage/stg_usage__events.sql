with events as (
    {{ events_of('usage_events', key=['event_id'], event_time='occurred_at') }}
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
