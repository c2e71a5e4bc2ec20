with subscription_items as (
    {{ versions_of('billing_subscription_items', key=['subscription_item_id'], effective_at='updated_at') }}
)

select
    source_id,
    subscription_item_id,
    subscription_id,
    price_id,
    coalesce(quantity, 1) as quantity,
    current_period_end_at,
    created_at,
    valid_from_at,
    valid_to_at,
    is_first_version,
    is_deleted or coalesce(is_removed, false) as is_deleted
from subscription_items
