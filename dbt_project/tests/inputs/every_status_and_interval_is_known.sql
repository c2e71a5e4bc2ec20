{#- Words of billing that no seed explains: their rows would silently make no MRR. -#}
with used as (
    select source_id, subscription_id, status, cast(null as string) as billing_interval
    from {{ ref('stg_billing__subscriptions') }}
    where not is_deleted
    union all
    select source_id, subscription_id, status, billing_interval
    from {{ ref('stg_billing__subscription_periods') }}
)

select
    used.source_id,
    used.subscription_id,
    used.status,
    used.billing_interval
from used
left join {{ ref('subscription_statuses') }} as statuses
    on used.status = statuses.status
left join {{ ref('billing_intervals') }} as intervals
    on used.billing_interval = intervals.billing_interval
where
    statuses.status is null
    or (used.billing_interval is not null and intervals.billing_interval is null)
