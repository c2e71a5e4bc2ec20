with price_tiers as (
    {{ current_of('billing_price_tiers', key=['price_id', 'tier_number']) }}
)

select
    source_id,
    price_id,
    tier_number,
    up_to_quantity,
    coalesce(unit_amount_minor, 0) as unit_amount_minor,
    coalesce(flat_amount_minor, 0) as flat_amount_minor
from price_tiers
