with invoices as (
    {{ current_of('billing_invoices', key=['invoice_id'], effective_at='updated_at') }}
)

select
    source_id,
    invoice_id,
    customer_id,
    subscription_id,
    status,
    billing_reason,
    currency_code,
    subtotal_amount_minor,
    coalesce(tax_amount_minor, total_amount_minor - subtotal_amount_minor) as tax_amount_minor,
    total_amount_minor,
    amount_paid_minor,
    issued_at,
    due_at,
    paid_at,
    voided_at
from invoices
