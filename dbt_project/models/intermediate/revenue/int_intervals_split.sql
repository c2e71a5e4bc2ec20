{#- Priced intervals of discounted subscriptions, split into slots wherever anything in the subscription changes. -#}
with discounts as (
    select * from {{ ref('int_discounts_applied') }}
    where valid_from_at < valid_to_at
),

discounted_subscriptions as (
    select distinct source_id, subscription_id from discounts
),

intervals as (
    select priced.*
    from {{ ref('int_priced_intervals_unioned') }} as priced
    inner join discounted_subscriptions
        on
            priced.source_id = discounted_subscriptions.source_id
            and priced.subscription_id = discounted_subscriptions.subscription_id
),

boundaries as (
    select source_id, subscription_id, valid_from_at as boundary_at from intervals
    union
    select source_id, subscription_id, valid_to_at as boundary_at from intervals
    union
    select source_id, subscription_id, valid_from_at as boundary_at from discounts
    union
    select source_id, subscription_id, valid_to_at as boundary_at from discounts
),

slots as (
    select
        source_id,
        subscription_id,
        boundary_at as slot_from_at,
        lead(boundary_at) over (partition by source_id, subscription_id order by boundary_at) as slot_to_at
    from boundaries
)

select
    intervals.*,
    slots.slot_from_at,
    slots.slot_to_at
from intervals
inner join slots
    on
        intervals.source_id = slots.source_id
        and intervals.subscription_id = slots.subscription_id
        and intervals.valid_from_at <= slots.slot_from_at
        and intervals.valid_to_at >= slots.slot_to_at
