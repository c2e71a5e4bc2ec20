{#- The next renewal that was known at a snapshot: from the contract, else from billing's running period. -#}
with snapshots as (
    select * from {{ ref('int_health_snapshots_dated') }}
),

contracts as (
    select
        customers.customer_id,
        contracts.start_date,
        coalesce(contracts.renewal_date, contracts.end_date) as renewal_date
    from {{ ref('stg_crm__contracts') }} as contracts
    inner join {{ ref('int_customers_resolved') }} as customers
        on contracts.source_id = customers.source_id and contracts.customer_id = customers.billing_customer_id
),

contract_renewals as (
    select
        snapshots.customer_id,
        snapshots.as_of_date,
        min(contracts.renewal_date) as renewal_date
    from snapshots
    inner join contracts
        on
            snapshots.customer_id = contracts.customer_id
            and contracts.start_date < snapshots.as_of_date
            and contracts.renewal_date >= snapshots.as_of_date
    group by snapshots.customer_id, snapshots.as_of_date
),

{# Terms of half a year or more; who can leave every month has no renewal to prepare for. #}
long_terms as (
    select distinct
        snapshots.source_id,
        snapshots.customer_id,
        snapshots.as_of_date,
        snapshots.snapshot_at,
        items.subscription_id,
        items.billing_interval_count * case items.billing_interval when 'year' then 12 else 1 end as term_months
    from snapshots
    inner join {{ ref('int_item_mrr_computed') }} as items
        on
            snapshots.customer_id = items.customer_id
            and items.valid_from_at < snapshots.snapshot_at
            and items.valid_to_at >= snapshots.snapshot_at
    where
        items.state = 'paying' and items.mrr_amount > 0
        and (
            items.billing_interval = 'year'
            or (items.billing_interval = 'month' and items.billing_interval_count >= 6)
        )
),

running_periods as (
    select source_id, subscription_id, current_period_end_at, valid_from_at, valid_to_at, is_first_version
    from {{ ref('stg_billing__subscriptions') }}
    where current_period_end_at is not null
    union all
    select source_id, subscription_id, current_period_end_at, valid_from_at, valid_to_at, is_first_version
    from {{ ref('stg_billing__subscription_items') }}
    where current_period_end_at is not null
),

{# The first version known of a subscription may be younger than the snapshot, so its period is taken
   only when it could have been running then. #}
billed_renewals as (
    select
        long_terms.customer_id,
        long_terms.as_of_date,
        min({{ local_date('running_periods.current_period_end_at') }}) as renewal_date
    from long_terms
    inner join running_periods
        on
            long_terms.source_id = running_periods.source_id
            and long_terms.subscription_id = running_periods.subscription_id
            and running_periods.current_period_end_at >= long_terms.snapshot_at
            and running_periods.current_period_end_at
            <= {{ add_months_to_instant('long_terms.snapshot_at', 'long_terms.term_months') }}
    where
        (running_periods.is_first_version or running_periods.valid_from_at < long_terms.snapshot_at)
        and coalesce(running_periods.valid_to_at, {{ forever() }}) >= long_terms.snapshot_at
    group by long_terms.customer_id, long_terms.as_of_date
)

select
    snapshots.customer_id,
    snapshots.as_of_date,
    coalesce(contract_renewals.renewal_date, billed_renewals.renewal_date) as renewal_date
from snapshots
left join contract_renewals
    on
        snapshots.customer_id = contract_renewals.customer_id
        and snapshots.as_of_date = contract_renewals.as_of_date
left join billed_renewals
    on
        snapshots.customer_id = billed_renewals.customer_id
        and snapshots.as_of_date = billed_renewals.as_of_date
where coalesce(contract_renewals.renewal_date, billed_renewals.renewal_date) is not null
