{#- Priced intervals of discounted subscriptions, split wherever anything in the subscription changes. -#}
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
),

pieces as (
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
),

applied as (
    select
        pieces.source_id,
        pieces.subscription_id,
        pieces.subscription_item_id,
        pieces.slot_from_at,
        discounts.duration,
        discounts.percent_off,
        case
            when discounts.currency_code is null or discounts.currency_code = pieces.currency_code
                then discounts.amount_off_minor
            else 0
        end as amount_off_minor,
        discounts.is_item_discount,
        sum(case when discounts.percent_off > 0 then 1 else 0 end) over (
            partition by pieces.source_id, pieces.subscription_item_id, pieces.slot_from_at
            order by discounts.discount_id
            rows between unbounded preceding and current row
        ) as percent_rank_filled
    from pieces
    inner join discounts
        on
            pieces.source_id = discounts.source_id
            and pieces.subscription_item_id = discounts.subscription_item_id
            and pieces.subscription_id = discounts.subscription_id
            and discounts.valid_from_at <= pieces.slot_from_at
            and discounts.valid_to_at >= pieces.slot_to_at
),

ranked as (
    select
        *,
        case when percent_off > 0 then percent_rank_filled end as percent_rank
    from applied
),

terms as (
    select
        source_id,
        subscription_id,
        subscription_item_id,
        slot_from_at,
        {{ stacked_factor() }} as factor,
        {{ stacked_factor("duration <> 'once'") }} as lasting_factor,
        sum(case when is_item_discount then amount_off_minor else 0 end) as item_off_minor,
        sum(case when is_item_discount and duration <> 'once' then amount_off_minor else 0 end) as lasting_item_off_minor,
        sum(case when is_item_discount then 0 else amount_off_minor end) as shared_off_minor,
        sum(case when is_item_discount or duration = 'once' then 0 else amount_off_minor end) as lasting_shared_off_minor,
        max(percent_rank) as stacked_percent_count
    from ranked
    group by source_id, subscription_id, subscription_item_id, slot_from_at
),

weighed as (
    select
        pieces.*,
        coalesce(terms.stacked_percent_count, 0) as stacked_percent_count,
        coalesce(terms.shared_off_minor, 0) as shared_off_minor,
        coalesce(terms.lasting_shared_off_minor, 0) as lasting_shared_off_minor,
        {{ money('greatest(0, ' ~ discounted_amount('pieces.period_amount_minor', 'coalesce(terms.factor, 1)')
            ~ ' - coalesce(terms.item_off_minor, 0))') }}
            as weight_minor,
        {{ money('greatest(0, ' ~ discounted_amount('pieces.period_amount_minor', 'coalesce(terms.lasting_factor, 1)')
            ~ ' - coalesce(terms.lasting_item_off_minor, 0))') }}
            as lasting_weight_minor
    from pieces
    left join terms
        on
            pieces.source_id = terms.source_id
            and pieces.subscription_id = terms.subscription_id
            and pieces.subscription_item_id = terms.subscription_item_id
            and pieces.slot_from_at = terms.slot_from_at
),

shared as (
    select
        *,
        sum(weight_minor) over slot as weight_sum,
        least(max(shared_off_minor) over slot, sum(weight_minor) over slot) as off_total,
        sum(lasting_weight_minor) over slot as lasting_weight_sum,
        least(max(lasting_shared_off_minor) over slot, sum(lasting_weight_minor) over slot) as lasting_off_total
    from weighed
    window slot as (partition by {{ invoice_slot() }})
)

select
    source_id,
    billing_customer_id,
    subscription_id,
    subscription_item_id,
    price_id,
    product_id,
    plan_name,
    currency_code,
    billing_interval,
    billing_interval_count,
    quantity,
    state,
    slot_from_at as valid_from_at,
    slot_to_at as valid_to_at,
    scheduled_end_at,
    case when slot_to_at = shared.valid_to_at then end_reason end as end_reason,
    period_amount_minor as list_amount_minor,
    greatest(0, weight_minor - {{ allocated_share('off_total', 'weight_minor', 'weight_sum') }}) as period_amount_minor,
    greatest(
        0,
        lasting_weight_minor
        - {{ allocated_share('lasting_off_total', 'lasting_weight_minor', 'lasting_weight_sum') }}
    ) as lasting_amount_minor,
    stacked_percent_count
from shared
