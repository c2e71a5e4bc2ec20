with refunds as (
    {{ events_of('billing_refunds', key=['refund_id'], event_time='refunded_at') }}
)

select
    source_id,
    refund_id,
    customer_id,
    payment_id,
    currency_code,
    amount_minor,
    reason,
    refunded_at
from refunds
