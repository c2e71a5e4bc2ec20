with subscription_periods as (
    {{ current_of('billing_subscription_periods', key=['subscription_id', 'start_at']) }}
)

select
    source_id,
    subscription_id,
    customer_id,
    start_at,
    end_at,
    plan_name,
    currency_code,
    amount_minor,
    coalesce(quantity, 1) as quantity,
    billing_interval,
    coalesce(billing_interval_count, 1) as billing_interval_count,
    coalesce(status, 'active') as status,
    cancellation_reason
from subscription_periods
