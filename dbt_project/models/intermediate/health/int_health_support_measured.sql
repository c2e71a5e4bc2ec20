{#- Tickets of the 13 weeks before a snapshot, without those of our own staff. A big customer asks more: tickets grow with the root of seats. -#}
with versions as (
    {{ held_versions_of('support_tickets', ['ticket_id'], 'updated_at') }}
),

tickets as (
    {{ held_of_customers(
        'versions',
        ['created_at', "coalesce(versions.priority, 'normal') in ('high', 'urgent') as is_severe"],
        users=true
    ) }}
),

counted as (
    select
        snapshots.customer_id,
        snapshots.as_of_date,
        count(*) as ticket_count,
        count_if(tickets.is_severe) as severe_ticket_count
    from {{ ref('int_health_snapshots_dated') }} as snapshots
    inner join tickets
        on
            snapshots.customer_id = tickets.customer_id
            and {{ held_on('tickets', 'snapshots.as_of_date') }}
            and tickets.created_at < snapshots.snapshot_at
            and tickets.created_at >= {{ add_days_to_instant('snapshots.snapshot_at', -91) }}
    group by snapshots.customer_id, snapshots.as_of_date
)

select
    snapshots.customer_id,
    snapshots.as_of_date,
    coalesce(counted.severe_ticket_count, 0) / sqrt(cast(snapshots.seat_count as double)) as severe_ticket_ratio,
    coalesce(counted.ticket_count, 0) / sqrt(cast(snapshots.seat_count as double)) as ticket_ratio
from {{ ref('int_health_snapshots_dated') }} as snapshots
inner join {{ ref('int_health_sources_dated') }} as sources
    on
        snapshots.source_id = sources.source_id
        and snapshots.as_of_date = sources.as_of_date
        and sources.source_name = 'support'
left join counted
    on snapshots.customer_id = counted.customer_id and snapshots.as_of_date = counted.as_of_date
