{#-
  Dunning and lateness before a snapshot. Dunning opens with an invoice's first failed payment or when it
  falls due, whichever is first, and stays open until the invoice is paid or voided. Invoices older than
  26 weeks are left to the write-off: they say nothing new of a customer who goes on paying.
-#}
with versions as (
    {{ held_versions_of('billing_invoices', ['invoice_id'], 'updated_at') }}
),

invoices as (
    select
        *,
        least(coalesce(paid_at, {{ forever() }}), coalesce(voided_at, {{ forever() }})) as settled_at
    from (
        {{ held_of_customers('versions', [
            'source_id', 'invoice_id', 'status', 'total_amount_minor', 'issued_at', 'due_at', 'paid_at', 'voided_at'
        ]) }}
    ) as owned
    where
        status <> 'draft'
        and total_amount_minor > 0
        {# Nobody recorded when these were settled, so they say nothing of lateness. #}
        and not (status = 'paid' and paid_at is null)
        and not (status = 'void' and voided_at is null)
),

payments as (
    {{ held_versions_of('billing_payments', ['payment_id'], 'updated_at') }}
),

issued as (
    select
        snapshots.customer_id,
        snapshots.as_of_date,
        snapshots.snapshot_at,
        invoices.source_id,
        invoices.invoice_id,
        invoices.due_at,
        invoices.settled_at
    from {{ ref('int_health_snapshots_dated') }} as snapshots
    inner join invoices
        on
            snapshots.customer_id = invoices.customer_id
            and {{ held_on('invoices', 'snapshots.as_of_date') }}
            and invoices.issued_at < snapshots.snapshot_at
            and invoices.issued_at >= {{ add_days_to_instant('snapshots.snapshot_at', -182) }}
),

dunned as (
    select
        issued.customer_id,
        issued.as_of_date,
        issued.snapshot_at,
        issued.source_id,
        issued.invoice_id,
        issued.settled_at,
        issued.due_at,
        least(
            coalesce(min(failures.attempted_at), {{ forever() }}), coalesce(max(issued.due_at), {{ forever() }})
        ) as dunning_at
    from issued
    left join payments as failures
        on
            issued.source_id = failures.source_id
            and issued.invoice_id = failures.invoice_id
            and failures.status = 'failed'
            and {{ held_on('failures', 'issued.as_of_date') }}
            and failures.attempted_at < issued.snapshot_at
    group by
        issued.customer_id, issued.as_of_date, issued.snapshot_at, issued.source_id, issued.invoice_id,
        issued.settled_at, issued.due_at
),

seen as (
    select
        customer_id,
        as_of_date,
        case
            when dunning_at < snapshot_at and settled_at >= snapshot_at
                then {{ days_between(local_date('dunning_at'), 'as_of_date') }}
        end as open_dunning_days,
        case
            when
                due_at < snapshot_at
                and due_at >= {{ add_days_to_instant('snapshot_at', -91) }}
                then greatest(0, {{ days_between(
                    local_date('due_at'),
                    local_date('least(settled_at, snapshot_at)')
                ) }})
        end as late_days
    from dunned
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
