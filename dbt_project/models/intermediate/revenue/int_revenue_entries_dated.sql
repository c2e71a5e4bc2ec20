{#- Money that came in or went back, per customer and day, in the reporting currency. -#}
with invoices as (
    select
        source_id,
        invoice_id,
        customer_id,
        status,
        tax_amount_minor,
        total_amount_minor,
        issued_at
    from {{ ref('stg_billing__invoices') }}
),

{# Some billing systems tell only at the price that a line is metered. #}
metered_prices as (
    select
        source_id,
        price_id
    from {{ ref('stg_billing__prices') }}
    where is_first_version and usage_type = 'metered'
),

usage_lines as (
    select
        invoices.source_id,
        invoices.customer_id as billing_customer_id,
        'usage' as revenue_type,
        lines.currency_code,
        {{ money('lines.amount_minor') }} as amount_minor,
        invoices.issued_at as booked_at
    from {{ ref('stg_billing__invoice_lines') }} as lines
    inner join invoices
        on lines.source_id = invoices.source_id and lines.invoice_id = invoices.invoice_id
    left join metered_prices
        on lines.source_id = metered_prices.source_id and lines.price_id = metered_prices.price_id
    where
        (lines.line_type = 'usage' or (lines.line_type = 'subscription' and metered_prices.price_id is not null))
        and invoices.status <> 'void'
),

{# Tax is taken off a payment in the proportion in which it is on the invoice. #}
payments as (
    select
        payments.source_id,
        payments.payment_id,
        payments.customer_id as billing_customer_id,
        'payment' as revenue_type,
        payments.status,
        payments.currency_code,
        invoices.total_amount_minor,
        invoices.tax_amount_minor,
        {{ money('payments.amount_minor') }} - coalesce({{ exact_divide(
            'payments.amount_minor * invoices.tax_amount_minor', 'invoices.total_amount_minor'
        ) }}, 0) as amount_minor,
        payments.attempted_at as booked_at
    from {{ ref('stg_billing__payments') }} as payments
    left join invoices
        on payments.source_id = invoices.source_id and payments.invoice_id = invoices.invoice_id
),

refunds as (
    select
        refunds.source_id,
        refunds.customer_id as billing_customer_id,
        'refund' as revenue_type,
        refunds.currency_code,
        -({{ money('refunds.amount_minor') }} - coalesce({{ exact_divide(
            'refunds.amount_minor * payments.tax_amount_minor', 'payments.total_amount_minor'
        ) }}, 0)) as amount_minor,
        refunds.refunded_at as booked_at
    from {{ ref('stg_billing__refunds') }} as refunds
    left join payments
        on refunds.source_id = payments.source_id and refunds.payment_id = payments.payment_id
),

entries as (
    select source_id, billing_customer_id, revenue_type, currency_code, amount_minor, booked_at from usage_lines
    union all
    select source_id, billing_customer_id, revenue_type, currency_code, amount_minor, booked_at from payments
    where status in ('succeeded', 'disputed')
    union all
    select source_id, billing_customer_id, revenue_type, currency_code, amount_minor, booked_at from refunds
)

select
    customers.customer_id,
    entries.revenue_type,
    entries.booked_at,
    {{ local_date('entries.booked_at') }} as booked_date,
    entries.currency_code,
    rates.exchange_rate,
    {{ money(
        exact_divide('entries.amount_minor', 'cast(power(10, currencies.minor_unit_exponent) as bigint)')
        ~ ' * rates.exchange_rate'
    ) }} as revenue_amount
from entries
inner join {{ ref('int_customers_resolved') }} as customers
    on
        entries.source_id = customers.source_id
        and entries.billing_customer_id = customers.billing_customer_id
inner join {{ ref('currencies') }} as currencies
    on entries.currency_code = currencies.currency_code
left join {{ ref('int_exchange_rates_resolved') }} as rates
    on
        entries.currency_code = rates.rate_key
        and entries.booked_at >= rates.valid_from_at
        and entries.booked_at < rates.valid_to_at
where not customers.is_test and entries.booked_at < {{ as_of() }}
