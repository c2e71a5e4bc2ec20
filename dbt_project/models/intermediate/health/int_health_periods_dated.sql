{#- What billing tells at a snapshot of the period that runs, and whether it says that the subscription is to end. -#}
with subscriptions as (
    {{ measured_subscriptions() }}
),

{# Newer billing keeps the running period on the items. #}
versions as (
    select
        source_id,
        subscription_id,
        held_from_date,
        held_to_date,
        current_period_end_at,
        case
            when cancel_at is not null or is_cancel_at_period_end or ended_at is not null or status = 'canceled'
                then coalesce(canceled_at, _effective_at)
        end as noticed_at
    from ({{ held_versions_of('billing_subscriptions', ['subscription_id'], 'updated_at') }}) as subscription_versions
    union all
    select
        source_id,
        subscription_id,
        held_from_date,
        held_to_date,
        current_period_end_at,
        cast(null as timestamp) as noticed_at
    from ({{ held_versions_of('billing_subscription_items', ['subscription_item_id'], 'updated_at') }}) as item_versions
    where current_period_end_at is not null and not coalesce(is_removed, false)
)

{# The first version known may be younger than the snapshot: its period counts only if it could run then. #}
select
    subscriptions.as_of_date,
    subscriptions.source_id,
    subscriptions.subscription_id,
    bool_or(coalesce(versions.noticed_at < subscriptions.snapshot_at, false)) as has_notice,
    min(
        case
            when
                versions.current_period_end_at >= subscriptions.snapshot_at
                and versions.current_period_end_at
                <= {{ add_months_to_instant('subscriptions.snapshot_at', 'subscriptions.term_months') }}
                then versions.current_period_end_at
        end
    ) as period_end_at
from subscriptions
inner join versions
    on
        subscriptions.source_id = versions.source_id
        and subscriptions.subscription_id = versions.subscription_id
        and {{ held_on('versions', 'subscriptions.as_of_date') }}
group by subscriptions.as_of_date, subscriptions.source_id, subscriptions.subscription_id
