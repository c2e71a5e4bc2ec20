{#-
  Every period of every grain from the first day of any domain to the last day measured. A domain that
  was never loaded has no first day. Days before `calendar_floor_date` are typing errors: one of them would
  make centuries of empty periods.
-#}
with billed as (
    select min(change_date) as first_date from {{ ref('int_customer_mrr_changed') }}
    union all
    select min(booked_date) as first_date from {{ ref('int_revenue_entries_dated') }}
),

observed as (
    {% for model, instant in [
        ('stg_survey__sends', 'sent_at'),
        ('stg_survey__responses', 'responded_at'),
        ('stg_support__tickets', 'created_at'),
        ('stg_growth__referrals', 'invited_at'),
        ('stg_crm__lifecycle_stages', 'entered_at'),
        ('int_onboardings_started', 'started_at'),
    ] -%}
    select {{ local_date('min(' ~ instant ~ ')') }} as first_date
    from {{ ref(model) }}
    where {{ instant }} >= cast('{{ var("calendar_floor_date") }}' as timestamp) and {{ instant }} < {{ as_of() }}
    union all
    {% endfor -%}
    select min(event_date) as first_date from {{ ref('int_usage_days_landed') }}
    union all
    select min(service_start_date) as first_date
    from {{ ref('stg_cost__ledger') }}
    where service_start_date >= cast('{{ var("calendar_floor_date") }}' as date)
),

bounds as (
    select
        min(first_date) as first_date,
        min(case when is_billing then first_date end) as first_billed_date,
        {{ last_measured_day() }} as last_date
    from (
        select first_date, true as is_billing from billed
        union all
        select first_date, false as is_billing from observed
    ) as occurrences
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
    union all
    select distinct
        'trailing_90_days' as grain,
        {{ add_days(add_months(period_start('month', 'day'), 1), -90) }} as period_start
    from days
),

ends as (
    select
        grain,
        period_start,
        case grain
            {% for grain in calendar_grains() + trailing_grains() -%}
            when '{{ grain }}' then {{ next_period_start(grain, 'period_start') }}
            {% endfor %}
        end as period_end
    from starts
)

select
    ends.grain,
    ends.period_start,
    ends.period_end,
    {{ local_midnight('ends.period_end') }} <= {{ as_of() }} as is_complete,
    coalesce(
        ends.period_end > bounds.first_billed_date
        and (
            ends.grain in ('{{ calendar_grains() | join("', '") }}')
            or ends.period_start >= {{ period_start('month', 'bounds.first_billed_date') }}
        ),
        false
    ) as is_billed
from ends
cross join bounds
