{#- The click on cancel is not a churn: it is an event of its own, whatever becomes of the subscription. -#}
with versions as (
    select
        source_id,
        subscription_id,
        customer_id,
        valid_from_at,
        coalesce(cancel_at, case when is_cancel_at_period_end then current_period_end_at end) as scheduled_end_at,
        coalesce(canceled_at, valid_from_at) as scheduled_at,
        cancellation_reason
    from {{ ref('stg_billing__subscriptions') }}
    where not is_deleted
),

followed as (
    select
        *,
        lag(scheduled_end_at) over (
            partition by source_id, subscription_id order by valid_from_at
        ) as previous_scheduled_end_at
    from versions
),

scheduled as (
    select * from followed
    where
        scheduled_end_at is not null
        and previous_scheduled_end_at is null
        and scheduled_at < {{ as_of() }}
)

select
    customers.customer_id,
    scheduled.source_id,
    scheduled.subscription_id,
    scheduled.scheduled_at,
    {{ local_date('scheduled.scheduled_at') }} as scheduled_date,
    scheduled.scheduled_end_at,
    scheduled.cancellation_reason as churn_reason
from scheduled
inner join {{ ref('int_customers_resolved') }} as customers
    on
        scheduled.source_id = customers.source_id
        and scheduled.customer_id = customers.billing_customer_id
where not customers.is_test
