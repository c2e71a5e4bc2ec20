{#- Intervals of items of discounted subscriptions with what all discounts together leave of their prices. -#}
select
    split.source_id,
    split.billing_customer_id,
    split.subscription_id,
    split.subscription_item_id,
    split.price_id,
    split.product_id,
    split.plan_name,
    split.currency_code,
    split.billing_interval,
    split.billing_interval_count,
    split.quantity,
    split.state,
    split.slot_from_at as valid_from_at,
    split.slot_to_at as valid_to_at,
    split.scheduled_end_at,
    case when split.slot_to_at = split.valid_to_at then split.end_reason end as end_reason,
    split.mrr_source,
    split.period_amount_minor as list_amount_minor,
    greatest(0, taken.weight_minor - coalesce(shared.shared_off_minor, 0)) as period_amount_minor,
    greatest(0, taken.lasting_weight_minor - coalesce(shared.lasting_shared_off_minor, 0)) as lasting_amount_minor,
    taken.stacked_percent_count
from {{ ref('int_intervals_split') }} as split
inner join {{ ref('int_item_discounts_taken') }} as taken
    on
        split.source_id = taken.source_id
        and split.subscription_id = taken.subscription_id
        and split.subscription_item_id = taken.subscription_item_id
        and split.slot_from_at = taken.slot_from_at
left join {{ ref('int_shared_amounts_allocated') }} as shared
    on
        split.source_id = shared.source_id
        and split.subscription_id = shared.subscription_id
        and split.subscription_item_id = shared.subscription_item_id
        and split.slot_from_at = shared.slot_from_at
