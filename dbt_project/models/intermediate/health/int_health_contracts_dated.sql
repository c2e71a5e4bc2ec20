{#- The contract that runs at a snapshot, of several the one that began last. -#}
with subscriptions as (
    {{ measured_subscriptions() }}
),

contracts as (
    select
        *,
        coalesce(end_date, renewal_date) as until_date
    from ({{ held_versions_of('crm_contracts', ['contract_id'], 'updated_at') }}) as versions
),

{# One that names no subscription is about all of the customer's. #}
ranked as (
    select
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
)

select
    as_of_date,
    source_id,
    subscription_id,
    term_months,
    until_date,
    is_auto_renew,
    has_notice
from ranked
where recency = 1
