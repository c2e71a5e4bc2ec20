{#- Quantities at a tiered price that none of its tiers covers: the last tier has no upper bound. -#}
with reach as (
    select
        source_id,
        price_id,
        valid_from_at,
        valid_to_at,
        max(up_to_quantity) as covered_quantity
    from {{ ref('int_price_tiers_dated') }}
    group by source_id, price_id, valid_from_at, valid_to_at
),

items as (
    select
        *,
        {{ held_from('created_at') }} as from_at,
        coalesce(valid_to_at, {{ forever() }}) as to_at
    from {{ ref('stg_billing__subscription_items') }}
    where quantity > 0 and not is_deleted
),

tiered_prices as (
    select distinct source_id, price_id
    from {{ ref('stg_billing__prices') }}
    where billing_scheme = 'tiered' and not is_deleted
),

{# How long tiers reach the quantity, against how long the item has it. #}
covered as (
    select
        items.source_id,
        items.price_id,
        items.quantity,
        items.from_at,
        items.to_at,
        min(reach.valid_from_at) as covered_from_at,
        max(reach.valid_to_at) as covered_to_at,
        min(reach.covered_quantity) as covered_quantity
    from items
    inner join tiered_prices
        on items.source_id = tiered_prices.source_id and items.price_id = tiered_prices.price_id
    left join reach
        on
            items.source_id = reach.source_id
            and items.price_id = reach.price_id
            and reach.valid_from_at < items.to_at
            and reach.valid_to_at > items.from_at
    group by items.source_id, items.price_id, items.quantity, items.from_at, items.to_at
)

select distinct
    source_id,
    price_id,
    quantity
from covered
where not coalesce(
    quantity <= covered_quantity and covered_from_at <= from_at and covered_to_at >= to_at, false
)
