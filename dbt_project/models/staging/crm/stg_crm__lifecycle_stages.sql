with lifecycle_stages as (
    {{ events_of('crm_lifecycle_stages', key=['account_id', 'stage_name', 'entered_at'], event_time='entered_at') }}
)

select
    source_id,
    account_id,
    stage_name,
    entered_at
from lifecycle_stages
