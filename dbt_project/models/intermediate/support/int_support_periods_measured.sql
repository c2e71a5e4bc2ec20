{#-
  Tickets opened, answered and solved on a day of the period, and those open at its end. The end itself belongs
  to what comes after it: what is solved at that instant is still open, what is opened then is not there yet.
-#}
{%- set measures = {
    'opened': ['opened_count', 'severe_opened_count'],
    'responded': ['responded_count', 'timed_response_count', 'first_response_seconds', 'first_response_business_seconds'],
    'solved': [
        'solved_count', 'reopened_solved_count', 'timed_resolution_count', 'resolution_seconds',
        'resolution_business_seconds'
    ],
} %}
with tickets as (
    select
        *,
        1 as opened_count,
        case when is_severe then 1 else 0 end as severe_opened_count,
        1 as responded_count,
        case when first_response_seconds is null then 0 else 1 end as timed_response_count,
        1 as solved_count,
        case when is_reopened then 1 else 0 end as reopened_solved_count,
        case when resolution_seconds is null then 0 else 1 end as timed_resolution_count
    from {{ ref('int_support_tickets_timed') }}
    where exclusion_reason is null
),

{% for event, names in measures.items() -%}
{{ event }} as (
    select customer_id, {{ event }}_date, {{ names | join(', ') }}
    from tickets
    where {{ event }}_date is not null
),

{{ event }}_placed as (
    {{ placed_in_periods(event, event ~ '_date', trailing=[]) }}
),

{% endfor -%}
waiting as (
    select
        periods.grain,
        periods.period_start,
        tickets.customer_id,
        1 as backlog_count
    from {{ ref('int_periods_spanned') }} as periods
    inner join tickets
        on
            tickets.created_at < least({{ local_midnight('periods.period_end') }}, {{ as_of() }})
            and coalesce(tickets.ended_at, {{ forever() }}) >= least({{ local_midnight('periods.period_end') }}, {{ as_of() }})
    where periods.grain in ('{{ calendar_grains() | join("', '") }}')
),

unioned as (
    {% for event, names in measures.items() -%}
    select
        grain, period_start, customer_id
        {%- for measure in ticket_measures() %},
        {% if measure in names %}{{ measure }}{% else %}0 as {{ measure }}{% endif %}
        {%- endfor %}
    from {{ event }}_placed
    union all
    {% endfor -%}
    select
        grain, period_start, customer_id
        {%- for measure in ticket_measures() %},
        {% if measure == 'backlog_count' %}{{ measure }}{% else %}0 as {{ measure }}{% endif %}
        {%- endfor %}
    from waiting
)

select
    grain,
    period_start,
    customer_id
    {%- for measure in ticket_measures() %},
    sum({{ measure }}) as {{ measure }}
    {%- endfor %}
from unioned
group by grain, period_start, customer_id
