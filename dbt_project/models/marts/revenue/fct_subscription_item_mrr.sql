select
    customer_id,
    source_id,
    subscription_id,
    subscription_item_id,
    plan_name,
    billing_interval,
    billing_interval_count,
    {{ money('quantity') }} as quantity,
    state,
    valid_from_at,
    case when valid_to_at < {{ forever() }} then valid_to_at end as valid_to_at,
    currency_code,
    list_mrr_amount,
    mrr_amount,
    mrr_source
from {{ ref('int_item_mrr_computed') }}
