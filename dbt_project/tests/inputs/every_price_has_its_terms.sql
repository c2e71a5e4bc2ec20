{#- Licensed recurring prices without a known interval, or without the amount that their scheme needs. -#}
select
    prices.source_id,
    prices.price_id,
    prices.billing_interval,
    prices.billing_scheme,
    prices.tiers_mode,
    prices.unit_amount_minor
from {{ ref('stg_billing__prices') }} as prices
left join {{ ref('billing_intervals') }} as intervals
    on prices.billing_interval = intervals.billing_interval
where
    prices.price_type = 'recurring'
    and prices.usage_type = 'licensed'
    and not prices.is_deleted
    and (
        intervals.billing_interval is null
        or prices.billing_interval_count < 1
        or (prices.billing_scheme = 'per_unit' and prices.unit_amount_minor is null)
        or (prices.billing_scheme = 'tiered' and prices.tiers_mode is null)
    )
