with payments as (
    {{ current_of('billing_payments', key=['payment_id'], effective_at='updated_at') }}
)

select
    source_id,
    payment_id,
    customer_id,
    invoice_id,
    status,
    failure_code,
    currency_code,
    amount_minor,
    attempted_at
from payments
