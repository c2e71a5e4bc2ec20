with coupons as (
    {{ last_known_of('billing_coupons', key=['coupon_id']) }}
)

select
    source_id,
    coupon_id,
    percent_off,
    amount_off_minor,
    currency_code,
    duration,
    duration_in_months
from coupons
