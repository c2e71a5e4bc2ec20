{#- Failed attempts to collect in the 13 weeks before a snapshot. -#}
with versions as (
    {{ held_versions_of('billing_payments', ['payment_id'], 'updated_at') }}
),

failures as (
    select *
    from ({{ held_of_customers('versions', ['status', 'attempted_at']) }}) as payments
    where status = 'failed'
),

counted as (
    select
        snapshots.customer_id,
        snapshots.as_of_date,
        count(*) as failed_payment_count
    from {{ ref('int_health_snapshots_dated') }} as snapshots
    inner join failures
        on
            snapshots.customer_id = failures.customer_id
            and {{ held_on('failures', 'snapshots.as_of_date') }}
            and failures.attempted_at < snapshots.snapshot_at
            and failures.attempted_at >= {{ add_days_to_instant('snapshots.snapshot_at', -91) }}
    group by snapshots.customer_id, snapshots.as_of_date
)

select
    snapshots.customer_id,
    snapshots.as_of_date,
    coalesce(counted.failed_payment_count, 0) as failed_payment_count
from {{ ref('int_health_snapshots_dated') }} as snapshots
inner join {{ ref('int_health_sources_dated') }} as sources
    on
        snapshots.source_id = sources.source_id
        and snapshots.as_of_date = sources.as_of_date
        and sources.source_name = 'payments'
left join counted
    on snapshots.customer_id = counted.customer_id and snapshots.as_of_date = counted.as_of_date
