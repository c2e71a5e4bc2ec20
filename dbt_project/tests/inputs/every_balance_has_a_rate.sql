{#- Customers, currencies and instants with money but no exchange rate: complete billing_exchange_rates. -#}
select
    customer_id,
    currency_code,
    changed_at as missing_at
from {{ ref('int_currency_balances_accumulated') }}
where exchange_rate is null and local_mrr_after <> 0
union all
select
    items.customer_id,
    items.currency_code,
    items.valid_from_at as missing_at
from {{ ref('int_item_mrr_computed') }} as items
left join {{ ref('int_exchange_rates_resolved') }} as rates
    on
        items.rate_key = rates.rate_key
        and items.valid_from_at >= rates.valid_from_at
        and items.valid_from_at < rates.valid_to_at
where rates.exchange_rate is null and items.mrr_amount <> 0
union all
select
    customer_id,
    currency_code,
    booked_at as missing_at
from {{ ref('int_revenue_entries_dated') }}
where exchange_rate is null
