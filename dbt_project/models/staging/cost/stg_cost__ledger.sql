with ledger as (
    {{ events_of('cost_ledger', key=['cost_entry_id'], event_time='booked_at') }}
)

select
    source_id,
    cost_entry_id,
    cost_category,
    customer_id,
    allocation_key,
    description,
    currency_code,
    amount_minor,
    service_start_date,
    service_end_date,
    booked_at
from ledger
