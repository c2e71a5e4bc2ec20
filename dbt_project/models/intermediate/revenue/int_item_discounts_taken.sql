{#- What is left of an item's price after percents and amounts of its own: its weight in what is shared. -#}
{# Once-discounts come last, so that the factor without them is that of the first ranks alone. #}
with ranked as (
    select
        *,
        case
            when percent_off > 0 then row_number() over (
                partition by source_id, subscription_id, subscription_item_id, slot_from_at
                order by percent_off > 0 desc, is_once, percent_off desc, discount_id
            )
        end as percent_rank
    from {{ ref('int_discounts_slotted') }}
),

terms as (
    select
        source_id,
        subscription_id,
        subscription_item_id,
        slot_from_at,
        {{ stacked_factor() }} as factor,
        {{ stacked_factor('not is_once') }} as lasting_factor,
        {{ money('sum(case when is_item_discount then amount_off_minor else 0 end)') }} as off_minor,
        {{ money('sum(case when is_item_discount and not is_once then amount_off_minor else 0 end)') }}
            as lasting_off_minor,
        max(percent_rank) as stacked_percent_count
    from ranked
    group by source_id, subscription_id, subscription_item_id, slot_from_at
),

{# Where nothing lies on an item it still shares a subscription with those on which something does. #}
listed as (
    select
        split.source_id,
        split.subscription_id,
        split.subscription_item_id,
        split.slot_from_at,
        {{ discountable('split.period_amount_minor', 'split.subscription_item_id') }} as list_amount_minor,
        coalesce(terms.factor, 1) as factor,
        coalesce(terms.lasting_factor, 1) as lasting_factor,
        coalesce(terms.off_minor, 0) as off_minor,
        coalesce(terms.lasting_off_minor, 0) as lasting_off_minor,
        coalesce(terms.stacked_percent_count, 0) as stacked_percent_count
    from {{ ref('int_intervals_split') }} as split
    left join terms
        on
            split.source_id = terms.source_id
            and split.subscription_id = terms.subscription_id
            and split.subscription_item_id = terms.subscription_item_id
            and split.slot_from_at = terms.slot_from_at
)

select
    source_id,
    subscription_id,
    subscription_item_id,
    slot_from_at,
    greatest(0, {{ discounted_amount('list_amount_minor', 'factor') }} - off_minor) as weight_minor,
    greatest(0, {{ discounted_amount('list_amount_minor', 'lasting_factor') }} - lasting_off_minor)
        as lasting_weight_minor,
    stacked_percent_count
from listed
