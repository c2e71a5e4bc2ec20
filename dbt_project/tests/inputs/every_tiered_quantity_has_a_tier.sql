{#- Quantities at a tiered price that none of its tiers covers: the last tier has no upper bound. -#}
with reach as (
    select
        source_id,
        price_id,
        bool_or(up_to_quantity is null) as is_unbounded,
        max(up_to_quantity) as covered_quantity
    from {{ ref('stg_billing__price_tiers') }}
    group by source_id, price_id
)

select distinct
    items.source_id,
    items.price_id,
    items.quantity
from {{ ref('stg_billing__subscription_items') }} as items
inner join {{ ref('stg_billing__prices') }} as prices
    on items.source_id = prices.source_id and items.price_id = prices.price_id
left join reach
    on items.source_id = reach.source_id and items.price_id = reach.price_id
where
    prices.billing_scheme = 'tiered'
    and items.quantity > 0
    and not coalesce(reach.is_unbounded or items.quantity <= reach.covered_quantity, false)
