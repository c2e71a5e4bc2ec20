{#-
  Terms of a customer at a snapshot: those of its largest subscription, from the contract where the CRM knows
  one that was running, else from billing; and whether everything that it pays for has been cancelled.
-#}
with subscriptions as (
    select subscriptions.*
    from {{ ref('int_health_subscriptions_dated') }} as subscriptions
    inner join {{ ref('int_health_snapshots_dated') }} as snapshots
        on
            subscriptions.customer_id = snapshots.customer_id
            and subscriptions.as_of_date = snapshots.as_of_date
),

contracts as (
    select
        *,
        coalesce(end_date, renewal_date) as until_date
    from ({{ held_versions_of('crm_contracts', ['contract_id'], 'updated_at') }}) as versions
),

{# A contract that names no subscription is about all of the customer's. #}
ranked_contracts as (
    select
        subscriptions.customer_id,
        subscriptions.as_of_date,
        subscriptions.source_id,
        subscriptions.subscription_id,
        contracts.term_months,
        contracts.until_date,
        contracts.is_auto_renew,
        coalesce(contracts.notice_given_at < subscriptions.snapshot_at, false) as has_notice,
        row_number() over (
            partition by subscriptions.as_of_date, subscriptions.source_id, subscriptions.subscription_id
            order by contracts.start_date desc, contracts.contract_id desc
        ) as recency
    from subscriptions
    inner join contracts
        on
            subscriptions.source_id = contracts.source_id
            and subscriptions.billing_customer_id = contracts.customer_id
            and coalesce(contracts.subscription_id, subscriptions.subscription_id) = subscriptions.subscription_id
            and {{ held_on('contracts', 'subscriptions.as_of_date') }}
            and contracts.start_date < subscriptions.as_of_date
            and contracts.until_date >= subscriptions.as_of_date
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
    where current_period_end_at is not null
),

{# The first version known may be younger than the snapshot: its period counts only if it could run then. #}
held as (
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
),

termed as (
    select
        subscriptions.customer_id,
        subscriptions.as_of_date,
        subscriptions.size_rank,
        coalesce(contracts.term_months, subscriptions.term_months) as term_months,
        {{ days_between(
            'subscriptions.as_of_date',
            'coalesce(contracts.until_date, ' ~ local_date('held.period_end_at') ~ ', '
            ~ local_date(next_term_end('subscriptions')) ~ ')'
        ) }} as period_end_days,
        contracts.is_auto_renew as auto_renews,
        subscriptions.plan_name,
        subscriptions.billing_interval,
        coalesce(held.has_notice, false) or coalesce(contracts.has_notice, false) as has_notice
    from subscriptions
    left join held
        on
            subscriptions.as_of_date = held.as_of_date
            and subscriptions.source_id = held.source_id
            and subscriptions.subscription_id = held.subscription_id
    left join ranked_contracts as contracts
        on
            subscriptions.as_of_date = contracts.as_of_date
            and subscriptions.source_id = contracts.source_id
            and subscriptions.subscription_id = contracts.subscription_id
            and contracts.recency = 1
)

select
    customer_id,
    as_of_date,
    max(case when size_rank = 1 then term_months end) as term_months,
    max(case when size_rank = 1 then period_end_days end) as period_end_days,
    {# Who can leave every month has no renewal to prepare for. #}
    min(case when term_months >= 6 then period_end_days end) as renewal_days,
    bool_or(case when size_rank = 1 then auto_renews end) as auto_renews,
    max(case when size_rank = 1 then plan_name end) as plan_name,
    max(case when size_rank = 1 then billing_interval end) as billing_interval,
    bool_and(has_notice) as has_given_notice
from termed
group by customer_id, as_of_date
