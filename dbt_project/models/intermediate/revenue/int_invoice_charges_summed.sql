{#-
  What invoices charged for service periods that began before versions tell of the subscription. Only what
  recurs: no usage, tax, proration or one-off line, no draft and nothing void.
-#}
{%- set charge = 'source_id, subscription_id, subscription_item_id, price_id, currency_code, period_start_at, period_end_at' -%}

with items as (
    select source_id, subscription_item_id, price_id
    from {{ ref('stg_billing__subscription_items') }}
    where is_first_version
),

metered_prices as (
    select source_id, price_id
    from {{ ref('stg_billing__prices') }}
    where is_first_version and (price_type <> 'recurring' or usage_type <> 'licensed')
),

{# A line that names no subscription is its customer's, of whom versions tell with the first of any. #}
first_customers as (
    select
        source_id,
        customer_id,
        min(known_from_at) as known_from_at
    from {{ ref('int_subscriptions_first_known') }}
    group by source_id, customer_id
),

named as (
    select
        lines.source_id,
        invoices.customer_id as billing_customer_id,
        coalesce(lines.subscription_id, invoices.subscription_id) as named_subscription_id,
        coalesce(lines.subscription_id, invoices.subscription_id, invoices.customer_id) as subscription_id,
        lines.subscription_item_id as named_item_id,
        coalesce(lines.price_id, items.price_id) as price_id,
        coalesce(lines.price_id, lines.description, '') as service,
        lines.currency_code,
        lines.amount_minor,
        coalesce(lines.quantity, 1) as quantity,
        lines.period_start_at,
        lines.period_end_at,
        lines.invoice_id,
        invoices.status = 'uncollectible' as is_uncollectible,
        coalesce(invoices.issued_at, lines.created_at) as issued_at,
        coalesce(invoices.due_at, invoices.issued_at, lines.created_at) as due_at
    from {{ ref('stg_billing__invoice_lines') }} as lines
    inner join {{ ref('stg_billing__invoices') }} as invoices
        on lines.source_id = invoices.source_id and lines.invoice_id = invoices.invoice_id
    left join items
        on lines.source_id = items.source_id and lines.subscription_item_id = items.subscription_item_id
    where
        lines.line_type = 'subscription'
        and invoices.status not in ('draft', 'void')
        and lines.period_start_at < lines.period_end_at
        and lines.period_start_at < {{ as_of() }}
),

older as (
    select
        named.*,
        coalesce(named.named_item_id, named.subscription_id || ':' || named.service) as subscription_item_id,
        subscriptions.ended_at,
        subscriptions.cancellation_reason,
        coalesce(subscriptions.stated_from_at, first_customers.known_from_at, {{ forever() }}) as stated_from_at,
        coalesce(subscriptions.known_from_at, first_customers.known_from_at, {{ forever() }}) as known_from_at,
        min(named.period_start_at) over (partition by named.source_id, named.subscription_id) as oldest_start_at
    from named
    left join {{ ref('int_subscriptions_first_known') }} as subscriptions
        on
            named.source_id = subscriptions.source_id
            and named.named_subscription_id = subscriptions.subscription_id
    left join first_customers
        on
            named.source_id = first_customers.source_id
            and named.billing_customer_id = first_customers.customer_id
            and named.named_subscription_id is null
    left join metered_prices
        on named.source_id = metered_prices.source_id and named.price_id = metered_prices.price_id
    where
        metered_prices.price_id is null
        and named.issued_at < {{ as_of() }}
        and named.period_start_at
        < coalesce(subscriptions.known_from_at, first_customers.known_from_at, {{ forever() }})
),

{# The hours between a start and the pull that first saw it are no history. #}
ranked as (
    select
        *,
        dense_rank() over (
            partition by {{ charge }}
            order by issued_at desc, invoice_id desc
        ) as invoice_rank,
        max(case when amount_minor < 0 then 1 else 0 end) over (partition by {{ charge }}) as has_credit
    from older
    where {{ add_days_to_instant('oldest_start_at', 1) }} < known_from_at
)

{#
  Lines of one item and period are one charge: those of the last invoice, since a charge is made anew only
  in place of an earlier one, or their sum where credits among them take back what was charged.
#}
select
    {{ charge }},
    max(case when invoice_rank = 1 then billing_customer_id end) as billing_customer_id,
    greatest(0, {{ money('sum(amount_minor)') }}) as amount_minor,
    coalesce(sum(case when invoice_rank = 1 and amount_minor >= 0 then quantity end), 1) as quantity,
    max(issued_at) as issued_at,
    max(due_at) as due_at,
    max(case when invoice_rank = 1 and is_uncollectible then 1 else 0 end) = 1 as is_uncollectible,
    max(stated_from_at) as stated_from_at,
    max(known_from_at) as known_from_at,
    max(ended_at) as ended_at,
    max(cancellation_reason) as cancellation_reason
from ranked
where invoice_rank = 1 or has_credit = 1
group by {{ charge }}
