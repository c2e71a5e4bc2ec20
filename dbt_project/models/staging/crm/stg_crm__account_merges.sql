with account_merges as (
    {{ events_of('crm_account_merges', key=['merged_customer_id', 'merged_at'], event_time='merged_at') }}
)

select
    source_id,
    merged_customer_id,
    surviving_customer_id,
    merged_at
from account_merges
