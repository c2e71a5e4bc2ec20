{#- What a tiered price charges for each licensed quantity that occurs, while its tiers stay the same. -#}
with quantities as (
    select distinct
        items.source_id,
        items.price_id,
        items.quantity,
        prices.tiers_mode
    from {{ ref('stg_billing__subscription_items') }} as items
    inner join {{ ref('stg_billing__prices') }} as prices
        on items.source_id = prices.source_id and items.price_id = prices.price_id
    where prices.billing_scheme = 'tiered' and items.quantity > 0
),

reached as (
    select
        quantities.source_id,
        quantities.price_id,
        quantities.quantity,
        quantities.tiers_mode,
        tiers.valid_from_at,
        tiers.valid_to_at,
        tiers.unit_amount_minor,
        tiers.flat_amount_minor,
        quantities.quantity <= tiers.up_to_quantity as is_last_tier,
        least(quantities.quantity, tiers.up_to_quantity) - tiers.above_quantity as units_in_tier
    from quantities
    inner join {{ ref('int_price_tiers_dated') }} as tiers
        on quantities.source_id = tiers.source_id and quantities.price_id = tiers.price_id
    where tiers.tier_number is not null and quantities.quantity > tiers.above_quantity
)

select
    source_id,
    price_id,
    quantity,
    tiers_mode,
    valid_from_at,
    valid_to_at,
    {{ money("sum(
        case
            when tiers_mode = 'volume' and not is_last_tier then 0
            when tiers_mode = 'volume' then quantity * unit_amount_minor + flat_amount_minor
            else units_in_tier * unit_amount_minor + flat_amount_minor
        end
    )") }} as period_amount_minor
from reached
group by source_id, price_id, quantity, tiers_mode, valid_from_at, valid_to_at
