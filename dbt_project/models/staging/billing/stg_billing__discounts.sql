with discounts as (
    {{ last_known_of('billing_discounts', key=['discount_id']) }}
)

select
    source_id,
    discount_id,
    coupon_id,
    customer_id,
    subscription_id,
    subscription_item_id,
    start_at,
    end_at,
    vanished_at
from discounts
