with price_tiers as (
    {{ versions_of('billing_price_tiers', key=['price_id', 'tier_number']) }}
)

select
    source_id,
    price_id,
    tier_number,
    up_to_quantity,
    coalesce(unit_amount_minor, 0) as unit_amount_minor,
    coalesce(flat_amount_minor, 0) as flat_amount_minor,
    valid_from_at,
    valid_to_at,
    is_deleted
from price_tiers
