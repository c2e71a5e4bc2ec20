{#-
  Dunning and lateness before a snapshot. Dunning opens with an invoice's first failed payment or when it
  falls due, whichever is first, and stays open until the invoice is paid or voided. Invoices older than
  26 weeks are left to the write-off: they say nothing new of a customer who goes on paying.
-#}
with failures as (
    select
        source_id,
        invoice_id,
        min(attempted_at) as first_failed_at
    from {{ ref('stg_billing__payments') }}
    where status = 'failed' and invoice_id is not null
    group by source_id, invoice_id
),

invoices as (
    select
        customers.customer_id,
        invoices.issued_at,
        invoices.due_at,
        least(
            coalesce(invoices.paid_at, {{ forever() }}),
            coalesce(invoices.voided_at, {{ forever() }})
        ) as settled_at,
        least(
            coalesce(failures.first_failed_at, {{ forever() }}),
            coalesce(invoices.due_at, {{ forever() }})
        ) as dunning_at
    from {{ ref('stg_billing__invoices') }} as invoices
    left join failures
        on invoices.source_id = failures.source_id and invoices.invoice_id = failures.invoice_id
    inner join {{ ref('int_customers_resolved') }} as customers
        on
            invoices.source_id = customers.source_id
            and invoices.customer_id = customers.billing_customer_id
    where
        invoices.status <> 'draft'
        and invoices.total_amount_minor > 0
        {# Nobody recorded when these were settled, so they say nothing of lateness. #}
        and not (invoices.status = 'paid' and invoices.paid_at is null)
        and not (invoices.status = 'void' and invoices.voided_at is null)
),

seen as (
    select
        snapshots.customer_id,
        snapshots.as_of_date,
        case
            when invoices.dunning_at < snapshots.snapshot_at and invoices.settled_at >= snapshots.snapshot_at
                then {{ days_between(local_date('invoices.dunning_at'), 'snapshots.as_of_date') }}
        end as open_dunning_days,
        case
            when
                invoices.due_at < snapshots.snapshot_at
                and invoices.due_at >= {{ add_days_to_instant('snapshots.snapshot_at', -91) }}
                then greatest(0, {{ days_between(
                    local_date('invoices.due_at'),
                    local_date('least(invoices.settled_at, snapshots.snapshot_at)')
                ) }})
        end as late_days
    from {{ ref('int_health_snapshots_dated') }} as snapshots
    inner join invoices
        on
            snapshots.customer_id = invoices.customer_id
            and invoices.issued_at < snapshots.snapshot_at
            and invoices.issued_at >= {{ add_days_to_instant('snapshots.snapshot_at', -182) }}
),

summed as (
    select
        customer_id,
        as_of_date,
        count(open_dunning_days) as open_dunning_count,
        max(open_dunning_days) as open_dunning_days,
        avg(cast(late_days as double)) as mean_late_days
    from seen
    group by customer_id, as_of_date
)

select
    snapshots.customer_id,
    snapshots.as_of_date,
    coalesce(summed.open_dunning_count, 0) as open_dunning_count,
    summed.open_dunning_days,
    summed.mean_late_days
from {{ ref('int_health_snapshots_dated') }} as snapshots
inner join {{ ref('int_health_sources_dated') }} as sources
    on
        snapshots.source_id = sources.source_id
        and snapshots.as_of_date = sources.as_of_date
        and sources.source_name = 'invoices'
left join summed
    on snapshots.customer_id = summed.customer_id and snapshots.as_of_date = summed.as_of_date
