{#-
  Cost of each ledger entry in each month of its service period. An entry is converted once, at the rate of
  the instant at which it was booked, and rounded to the minor unit of the reporting currency; this amount is
  split by days, so that the months of an entry make what it cost. Months of the future are told, not counted.
-#}
with entries as (
    select
        ledger.source_id,
        ledger.cost_entry_id,
        ledger.cost_category,
        ledger.customer_id as billing_customer_id,
        case
            when ledger.customer_id is not null then 'customer'
            else coalesce(ledger.allocation_key, categories.allocation_key, '(none)')
        end as allocation_key,
        ledger.currency_code as ledger_currency_code,
        ledger.service_start_date,
        ledger.service_end_date,
        {{ shareable('ledger.amount_minor', 'ledger.cost_entry_id') }} as amount_minor,
        rates.exchange_rate,
        currencies.minor_unit_exponent as ledger_exponent,
        reporting.minor_unit_exponent as reporting_exponent
    from {{ ref('stg_cost__ledger') }} as ledger
    inner join {{ ref('currencies') }} as reporting
        on reporting.currency_code = '{{ var("reporting_currency") }}'
    left join {{ ref('cost_categories') }} as categories
        on ledger.cost_category = categories.cost_category
    left join {{ ref('currencies') }} as currencies
        on ledger.currency_code = currencies.currency_code
    left join {{ ref('int_exchange_rates_resolved') }} as rates
        on
            ledger.currency_code = rates.rate_key
            and ledger.booked_at >= rates.valid_from_at
            and ledger.booked_at < rates.valid_to_at
),

converted as (
    select
        *,
        {{ days_between('service_start_date', 'service_end_date') }} as service_days,
        round(
            cast(cast(amount_minor as decimal(15, 0)) * exchange_rate as decimal(28, 10))
            * cast(power(10, reporting_exponent - ledger_exponent) as decimal(9, 4)), 0
        ) as entry_minor
    from entries
    where service_end_date > service_start_date
),

bounds as (
    select
        min(service_start_date) as first_date,
        max(service_end_date) as last_date
    from entries
),

service_days as (
    {{ days('first_date', 'last_date', 'service_date') }}
    from bounds
    where first_date is not null
),

months as (
    select distinct {{ period_start('month', 'service_date') }} as cost_month
    from service_days
),

placed as (
    select
        converted.*,
        months.cost_month,
        {{ days_between(
            'greatest(converted.service_start_date, months.cost_month)',
            'least(converted.service_end_date, ' ~ add_months('months.cost_month', 1) ~ ')'
        ) }} as month_days
    from converted
    inner join months
        on
            converted.service_end_date > months.cost_month
            and converted.service_start_date < {{ add_months('months.cost_month', 1) }}
)

select
    source_id,
    cost_entry_id,
    cost_month,
    cost_category,
    billing_customer_id,
    allocation_key,
    ledger_currency_code,
    month_days,
    service_days,
    cost_month <= {{ last_measured_day() }} as is_measured,
    cast(entry_minor as decimal(38, 0)) as entry_minor,
    cast({{ signed_share(
        'entry_minor', 'month_days', 'service_days', 'source_id, cost_entry_id', 'cost_month'
    ) }} as decimal(38, 0)) as cost_minor
from placed
