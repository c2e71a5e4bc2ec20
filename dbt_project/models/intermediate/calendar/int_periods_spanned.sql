{#- Every period of every grain from the first change or payment of any customer to the last day measured. -#}
with occurrences as (
    select min(change_date) as first_date from {{ ref('int_customer_mrr_changed') }}
    union all
    select min(booked_date) as first_date from {{ ref('int_revenue_entries_dated') }}
),

bounds as (
    select
        min(first_date) as first_date,
        {{ last_measured_day() }} as last_date
    from occurrences
),

days as (
    {{ days('first_date', 'last_date', 'day') }}
    from bounds
    where first_date is not null
),

starts as (
    {% for grain in calendar_grains() -%}
    select distinct
        '{{ grain }}' as grain,
        {{ period_start(grain, 'day') }} as period_start
    from days
    union all
    {% endfor -%}
    {# A window ends with each month; the first is the one that begins with the company's first month. #}
    select distinct
        '{{ trailing_grain() }}' as grain,
        {{ add_months(period_start('month', 'day'), -11) }} as period_start
    from days
    cross join bounds
    where {{ add_months(period_start('month', 'day'), -11) }} >= {{ period_start('month', 'first_date') }}
),

ends as (
    select
        grain,
        period_start,
        case grain
            {% for grain in calendar_grains() + [trailing_grain()] -%}
            when '{{ grain }}' then {{ next_period_start(grain, 'period_start') }}
            {% endfor %}
        end as period_end
    from starts
)

select
    grain,
    period_start,
    period_end,
    {{ local_midnight('period_end') }} <= {{ as_of() }} as is_complete
from ends
