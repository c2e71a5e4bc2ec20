{#- Discounts whose coupon nobody delivered: the price would silently not be lowered. -#}
select
    discounts.source_id,
    discounts.discount_id,
    discounts.coupon_id
from {{ ref('stg_billing__discounts') }} as discounts
left join {{ ref('stg_billing__coupons') }} as coupons
    on discounts.source_id = coupons.source_id and discounts.coupon_id = coupons.coupon_id
where
    coupons.coupon_id is null
    or coupons.percent_off < 0
    or coupons.percent_off > 100
    or (coupons.duration = 'repeating' and coupons.duration_in_months is null and discounts.end_at is null)
