with prices as (
    {{ versions_of('billing_prices', key=['price_id']) }}
)

select
    source_id,
    price_id,
    product_id,
    currency_code,
    coalesce(price_type, case when billing_interval is null then 'one_time' else 'recurring' end) as price_type,
    coalesce(billing_scheme, 'per_unit') as billing_scheme,
    tiers_mode,
    coalesce(usage_type, 'licensed') as usage_type,
    billing_interval,
    coalesce(billing_interval_count, 1) as billing_interval_count,
    unit_amount_minor,
    valid_from_at,
    valid_to_at,
    is_first_version,
    is_deleted
from prices
