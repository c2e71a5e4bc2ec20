with exchange_rates as (
    {{ current_of('billing_exchange_rates', key=['from_currency_code', 'to_currency_code', 'valid_from_date']) }}
)

select
    source_id,
    from_currency_code,
    to_currency_code,
    valid_from_date,
    valid_to_date,
    exchange_rate
from exchange_rates
