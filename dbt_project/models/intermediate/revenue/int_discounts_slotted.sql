{#- Which discount lies on which item in which slot. An amount in another currency takes nothing off. -#}
select
    split.source_id,
    split.subscription_id,
    split.subscription_item_id,
    split.slot_from_at,
    split.currency_code,
    split.billing_interval,
    split.billing_interval_count,
    discounts.discount_id,
    discounts.is_item_discount,
    discounts.duration = 'once' as is_once,
    discounts.percent_off,
    case
        when discounts.currency_code is null or discounts.currency_code = split.currency_code
            then discounts.amount_off_minor
        else 0
    end as amount_off_minor
from {{ ref('int_intervals_split') }} as split
inner join {{ ref('int_discounts_applied') }} as discounts
    on
        split.source_id = discounts.source_id
        and split.subscription_id = discounts.subscription_id
        and split.subscription_item_id = discounts.subscription_item_id
        and discounts.valid_from_at <= split.slot_from_at
        and discounts.valid_to_at >= split.slot_to_at
