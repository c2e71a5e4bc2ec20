{#- Amounts off a whole subscription or customer, shared by the items of each invoice on which they lie. -#}
with lying as (
    select * from {{ ref('int_discounts_slotted') }}
    where not is_item_discount and amount_off_minor > 0
),

{#
  A once-discount may be over for one item of an invoice and not for another, which was billed by a longer
  interval when it began. So amounts that lie on the same items are added up and shared by these alone.
#}
spread as (
    select
        {{ invoice_slot() }},
        discount_id,
        is_once,
        amount_off_minor,
        {{ set_as_text('subscription_item_id') }} as sharers
    from lying
    group by {{ invoice_slot() }}, discount_id, is_once, amount_off_minor
),

pools as (
    select
        {{ invoice_slot() }},
        sharers,
        min(discount_id) as first_discount_id,
        {{ discountable('sum(amount_off_minor)', 'subscription_id') }} as off_minor,
        sum(case when is_once then 0 else amount_off_minor end) as lasting_off_minor
    from spread
    group by {{ invoice_slot() }}, sharers
),

pooled as (
    select
        lying.source_id,
        lying.subscription_id,
        lying.subscription_item_id,
        lying.slot_from_at,
        lying.currency_code,
        lying.billing_interval,
        lying.billing_interval_count,
        pools.sharers,
        pools.off_minor,
        pools.lasting_off_minor,
        taken.weight_minor,
        taken.lasting_weight_minor
    from lying
    inner join pools
        on
            lying.source_id = pools.source_id
            and lying.subscription_id = pools.subscription_id
            and lying.slot_from_at = pools.slot_from_at
            and lying.currency_code = pools.currency_code
            and lying.billing_interval = pools.billing_interval
            and lying.billing_interval_count = pools.billing_interval_count
            and lying.discount_id = pools.first_discount_id
    inner join {{ ref('int_item_discounts_taken') }} as taken
        on
            lying.source_id = taken.source_id
            and lying.subscription_id = taken.subscription_id
            and lying.subscription_item_id = taken.subscription_item_id
            and lying.slot_from_at = taken.slot_from_at
),

weighed as (
    select
        *,
        sum(weight_minor) over pool as weight_sum,
        sum(lasting_weight_minor) over pool as lasting_weight_sum
    from pooled
    window pool as (partition by {{ invoice_slot() }}, sharers)
),

shared as (
    select
        source_id,
        subscription_id,
        subscription_item_id,
        slot_from_at,
        {{ allocated_share('off_minor', 'weight_minor', 'weight_sum') }} as off_minor,
        {{ allocated_share('lasting_off_minor', 'lasting_weight_minor', 'lasting_weight_sum') }} as lasting_off_minor
    from weighed
)

select
    source_id,
    subscription_id,
    subscription_item_id,
    slot_from_at,
    sum(off_minor) as shared_off_minor,
    sum(lasting_off_minor) as lasting_shared_off_minor
from shared
group by source_id, subscription_id, subscription_item_id, slot_from_at
