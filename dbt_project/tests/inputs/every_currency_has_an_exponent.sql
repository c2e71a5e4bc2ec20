{#- Currencies in which something is billed and whose minor unit is unknown: complete seeds/currencies.csv. -#}
with used as (
    {% for model in ['prices', 'subscription_periods', 'invoices', 'invoice_lines', 'payments', 'refunds'] -%}
    select source_id, currency_code, 'stg_billing__{{ model }}' as used_in
    from {{ ref('stg_billing__' ~ model) }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
)

select distinct
    used.source_id,
    used.currency_code,
    used.used_in
from used
left join {{ ref('currencies') }} as currencies
    on used.currency_code = currencies.currency_code
where currencies.currency_code is null
