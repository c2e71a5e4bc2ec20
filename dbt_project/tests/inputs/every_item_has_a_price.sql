{#- Items whose price, or subscription, nobody delivered: they would silently make no MRR. -#}
with prices as (
    select distinct
        source_id,
        price_id
    from {{ ref('stg_billing__prices') }}
),

subscriptions as (
    select distinct
        source_id,
        subscription_id
    from {{ ref('stg_billing__subscriptions') }}
)

select
    items.source_id,
    items.subscription_item_id,
    items.price_id,
    items.subscription_id,
    prices.price_id is null as is_price_missing,
    subscriptions.subscription_id is null as is_subscription_missing
from {{ ref('stg_billing__subscription_items') }} as items
left join prices
    on items.source_id = prices.source_id and items.price_id = prices.price_id
left join subscriptions
    on items.source_id = subscriptions.source_id and items.subscription_id = subscriptions.subscription_id
where
    not items.is_deleted
    and (prices.price_id is null or subscriptions.subscription_id is null)
