{#- Subscriptions that are told twice, as item versions and as simple periods: MRR would count double. -#}
select distinct
    periods.source_id,
    periods.subscription_id
from {{ ref('stg_billing__subscription_periods') }} as periods
inner join {{ ref('stg_billing__subscription_items') }} as items
    on periods.source_id = items.source_id and periods.subscription_id = items.subscription_id
