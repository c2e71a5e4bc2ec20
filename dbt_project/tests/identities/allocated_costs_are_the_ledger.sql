{#-
  What customers carry, and what nobody carries, is the ledger to the minor unit: each entry's months make the
  entry, which is its amount at its rate; each month has its days' part; each month's shares make the month.
-#}
with entries as (
    select
        source_id,
        cost_entry_id,
        min(entry_minor) as entry_minor,
        sum(cost_minor) as cost_minor,
        max(abs(cost_minor * service_days - entry_minor * month_days) - service_days) as beyond_its_days
    from {{ ref('int_cost_entries_split') }}
    group by source_id, cost_entry_id
),

wrong_entries as (
    select
        ledger.source_id || ':' || ledger.cost_entry_id as of_what,
        entries.entry_minor as expected_minor,
        entries.cost_minor as found_minor
    from {{ ref('stg_cost__ledger') }} as ledger
    left join entries
        on ledger.source_id = entries.source_id and ledger.cost_entry_id = entries.cost_entry_id
    where
        entries.cost_entry_id is null
        or entries.cost_minor <> entries.entry_minor
        or entries.beyond_its_days >= 0
        or (ledger.currency_code = '{{ var("reporting_currency") }}' and entries.entry_minor <> ledger.amount_minor)
),

months as (
    select
        source_id,
        cost_month,
        cost_category,
        ledger_currency_code,
        sum(cost_minor) as cost_minor
    from {{ ref('int_cost_entries_split') }}
    where is_measured
    group by source_id, cost_month, cost_category, ledger_currency_code
),

carried as (
    select
        source_id,
        cost_month,
        cost_category,
        ledger_currency_code,
        sum(cost_amount) as cost_amount
    from {{ ref('fct_cost_allocated') }}
    group by source_id, cost_month, cost_category, ledger_currency_code
),

wrong_months as (
    select
        coalesce(months.source_id, carried.source_id) || ':' || coalesce(months.cost_category, carried.cost_category)
        || ':' || cast(coalesce(months.cost_month, carried.cost_month) as string) as of_what,
        months.cost_minor as expected_minor,
        carried.cost_amount * cast(power(10, reporting.minor_unit_exponent) as bigint) as found_minor
    from months
    full join carried
        on
            months.source_id = carried.source_id
            and months.cost_month = carried.cost_month
            and months.cost_category = carried.cost_category
            and months.ledger_currency_code = carried.ledger_currency_code
    inner join {{ ref('currencies') }} as reporting
        on reporting.currency_code = '{{ var("reporting_currency") }}'
    where
        months.source_id is null
        or carried.source_id is null
        or months.cost_minor <> carried.cost_amount * cast(power(10, reporting.minor_unit_exponent) as bigint)
)

select * from wrong_entries
union all
select * from wrong_months
