with invoice_lines as (
    {{ events_of('billing_invoice_lines', key=['invoice_line_id'], event_time='created_at') }}
)

select
    source_id,
    invoice_line_id,
    invoice_id,
    subscription_id,
    subscription_item_id,
    price_id,
    line_type,
    description,
    currency_code,
    amount_minor,
    quantity,
    period_start_at,
    period_end_at,
    created_at
from invoice_lines
