with credit_notes as (
    {{ events_of('billing_credit_notes', key=['credit_note_id'], event_time='issued_at') }}
)

select
    source_id,
    credit_note_id,
    customer_id,
    invoice_id,
    currency_code,
    amount_minor,
    reason,
    issued_at
from credit_notes
