{#- The click on cancel is not a churn: it is an event of its own, whatever becomes of the subscription. -#}
with versions as (
    select
        *,
        cancel_at is not null or is_cancel_at_period_end as is_scheduled
    from {{ ref('stg_billing__subscriptions') }}
    where not is_deleted
),

followed as (
    select
        *,
        coalesce(
            lag(is_scheduled) over (partition by source_id, subscription_id order by valid_from_at), false
        ) as was_scheduled
    from versions
),

scheduled as (
    select
        source_id,
        subscription_id,
        customer_id,
        valid_from_at,
        coalesce(cancel_at, current_period_end_at) as scheduled_end_at,
        coalesce(canceled_at, valid_from_at) as scheduled_at,
        cancellation_reason
    from followed
    where
        is_scheduled
        and not was_scheduled
        and coalesce(canceled_at, valid_from_at) < {{ as_of() }}
),

{# Newer billing keeps the running period on the items; the subscription ends with the last of them. #}
item_ends as (
    select
        scheduled.source_id,
        scheduled.subscription_id,
        scheduled.valid_from_at,
        max(items.current_period_end_at) as scheduled_end_at
    from scheduled
    inner join {{ ref('stg_billing__subscription_items') }} as items
        on
            scheduled.source_id = items.source_id
            and scheduled.subscription_id = items.subscription_id
            and coalesce(items.created_at <= scheduled.valid_from_at, true)
            and (items.is_first_version or items.valid_from_at <= scheduled.valid_from_at)
            and coalesce(items.valid_to_at > scheduled.valid_from_at, true)
    where scheduled.scheduled_end_at is null and not items.is_deleted
    group by scheduled.source_id, scheduled.subscription_id, scheduled.valid_from_at
)

select
    customers.customer_id,
    scheduled.source_id,
    scheduled.subscription_id,
    scheduled.scheduled_at,
    {{ local_date('scheduled.scheduled_at') }} as scheduled_date,
    coalesce(scheduled.scheduled_end_at, item_ends.scheduled_end_at) as scheduled_end_at,
    scheduled.cancellation_reason as churn_reason
from scheduled
inner join {{ ref('int_customers_resolved') }} as customers
    on
        scheduled.source_id = customers.source_id
        and scheduled.customer_id = customers.billing_customer_id
left join item_ends
    on
        scheduled.source_id = item_ends.source_id
        and scheduled.subscription_id = item_ends.subscription_id
        and scheduled.valid_from_at = item_ends.valid_from_at
where not customers.is_test
