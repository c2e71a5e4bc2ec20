{#-
  Every day since the first ticket with the instants between which support answers; equal where it does not.
  Days are as long as the clocks of the reporting timezone make them.
-#}
{%- set hours = business_hours() %}
with bounds as (
    select
        {{ local_date('min(created_at)') }} as first_date,
        {{ last_measured_day() }} as last_date
    from {{ ref('stg_support__tickets') }}
    where created_at >= cast('{{ var("calendar_floor_date") }}' as timestamp) and created_at < {{ as_of() }}
),

days as (
    {{ days('first_date', 'last_date', 'day') }}
    from bounds
    where first_date is not null
),

opened as (
    select
        days.day,
        {% if hours is none -%}
        {{ local_midnight('days.day') }} as opens_at,
        {{ local_midnight(add_days('days.day', 1)) }} as closes_at
        {%- else -%}
        {{ local_clock('days.day', hours[0]) }} as opens_at,
        case
            when {{ is_weekday('days.day') }} and holidays.holiday_date is null then {{ local_clock('days.day', hours[1]) }}
            else {{ local_clock('days.day', hours[0]) }}
        end as closes_at
        {%- endif %}
    from days
    left join {{ ref('support_holidays') }} as holidays
        on days.day = holidays.holiday_date
)

select
    day,
    opens_at,
    closes_at,
    {{ seconds_between('opens_at', 'closes_at') }} as open_seconds,
    coalesce(
        sum({{ seconds_between('opens_at', 'closes_at') }})
            over (order by day rows between unbounded preceding and 1 preceding),
        0
    ) as open_seconds_before
from opened
