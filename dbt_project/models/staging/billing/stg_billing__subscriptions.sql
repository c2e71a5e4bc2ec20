with subscriptions as (
    {{ versions_of('billing_subscriptions', key=['subscription_id'], effective_at='updated_at') }}
)

select
    source_id,
    subscription_id,
    customer_id,
    status,
    start_at,
    trial_end_at,
    current_period_end_at,
    coalesce(is_cancel_at_period_end, false) as is_cancel_at_period_end,
    cancel_at,
    canceled_at,
    ended_at,
    cancellation_reason,
    collection_paused_at,
    collection_resumes_at,
    valid_from_at,
    valid_to_at,
    is_first_version,
    is_deleted
from subscriptions
