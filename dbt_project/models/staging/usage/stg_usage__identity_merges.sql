with identity_merges as (
    {{ events_of('usage_identity_merges', key=['merged_user_id', 'merged_at'], event_time='merged_at') }}
)

select
    source_id,
    merged_user_id,
    surviving_user_id,
    merged_at
from identity_merges
