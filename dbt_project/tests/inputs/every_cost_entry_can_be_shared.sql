{#- Entries of the cost ledger that say something that no seed or contract explains, or that cannot be dated or converted. -#}
with entries as (
    select
        ledger.source_id,
        ledger.cost_entry_id,
        ledger.cost_category,
        ledger.allocation_key,
        ledger.currency_code,
        ledger.service_start_date,
        ledger.service_end_date,
        case
            when categories.cost_category is null then 'unknown category'
            when
                ledger.allocation_key is not null
                and ledger.allocation_key not in ('per_customer', 'mrr', 'tickets', 'usage')
                then 'unknown allocation key'
            when ledger.service_end_date <= ledger.service_start_date then 'service period without a day'
            when ledger.service_start_date < cast('{{ var("calendar_floor_date") }}' as date)
                then 'service period before calendar_floor_date'
            when currencies.currency_code is null then 'unknown currency'
            when rates.exchange_rate is null then 'no exchange rate when it was booked'
        end as what_is_wrong
    from {{ ref('stg_cost__ledger') }} as ledger
    left join {{ ref('cost_categories') }} as categories
        on ledger.cost_category = categories.cost_category
    left join {{ ref('currencies') }} as currencies
        on ledger.currency_code = currencies.currency_code
    left join {{ ref('int_exchange_rates_resolved') }} as rates
        on
            ledger.currency_code = rates.rate_key
            and ledger.booked_at >= rates.valid_from_at
            and ledger.booked_at < rates.valid_to_at
)

select * from entries
where what_is_wrong is not null
