{#-
  Rate of each currency to the reporting currency as intervals without overlap. The key of a rate is its
  currency; under at_start also each rate by itself, for subscriptions that began to pay while it held.
-#}
{%- set policy = var('fx_policy') -%}
{%- if policy not in ['dated', 'constant', 'at_start'] -%}
    {{ exceptions.raise_compiler_error("fx_policy is '" ~ policy ~ "'; use dated, constant or at_start") }}
{%- elif policy == 'constant' and not var('fx_constant_date') -%}
    {{ exceptions.raise_compiler_error("fx_policy is 'constant' but fx_constant_date is not set") }}
{%- endif -%}

with quoted as (
    select
        from_currency_code as currency_code,
        valid_from_date,
        coalesce(valid_to_date, cast('9999-12-31' as date)) as valid_to_date,
        exchange_rate,
        source_id
    from {{ ref('stg_billing__exchange_rates') }}
    where
        to_currency_code = '{{ var("reporting_currency") }}'
        and from_currency_code <> '{{ var("reporting_currency") }}'
),

boundaries as (
    select currency_code, valid_from_date as boundary_date from quoted
    union
    select currency_code, valid_to_date as boundary_date from quoted
),

slots as (
    select
        currency_code,
        boundary_date as slot_from_date,
        lead(boundary_date) over (partition by currency_code order by boundary_date) as slot_to_date
    from boundaries
),

{# Of rates that overlap the latest start wins. #}
ranked as (
    select
        slots.currency_code,
        slots.slot_from_date,
        slots.slot_to_date,
        quoted.exchange_rate,
        row_number() over (
            partition by slots.currency_code, slots.slot_from_date
            order by quoted.valid_from_date desc, quoted.source_id
        ) as preference
    from slots
    inner join quoted
        on
            slots.currency_code = quoted.currency_code
            and quoted.valid_from_date <= slots.slot_from_date
            and quoted.valid_to_date >= slots.slot_to_date
    where slots.slot_to_date is not null
),

resolved as (
    {% if policy == 'constant' -%}
    select
        currency_code,
        {{ long_ago() }} as valid_from_at,
        {{ forever() }} as valid_to_at,
        exchange_rate
    from ranked
    where
        preference = 1
        and slot_from_date <= cast('{{ var("fx_constant_date") }}' as date)
        and slot_to_date > cast('{{ var("fx_constant_date") }}' as date)
    {%- else -%}
    select
        currency_code,
        {{ local_midnight('slot_from_date') }} as valid_from_at,
        case
            when slot_to_date = cast('9999-12-31' as date) then {{ forever() }}
            else {{ local_midnight('slot_to_date') }}
        end as valid_to_at,
        exchange_rate
    from ranked
    where preference = 1
    {%- endif %}
    union all
    select
        '{{ var("reporting_currency") }}' as currency_code,
        {{ long_ago() }} as valid_from_at,
        {{ forever() }} as valid_to_at,
        cast(1 as decimal(20, 10)) as exchange_rate
)

select
    currency_code as rate_key,
    valid_from_at,
    valid_to_at,
    exchange_rate
from resolved
{%- if policy == 'at_start' %}
union all
select
    {{ rate_key_at_start('currency_code', 'valid_from_at') }} as rate_key,
    {{ long_ago() }} as valid_from_at,
    {{ forever() }} as valid_to_at,
    exchange_rate
from resolved
{%- endif %}
