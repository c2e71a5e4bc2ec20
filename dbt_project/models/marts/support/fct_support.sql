with measured as (
    select * from {{ ref('int_support_periods_measured') }}
),

{{ dense_in_segments('measured', ticket_measures()) }},

hours as (
    select
        dense.*,
        {% for name in ticket_times() -%}
        {{ exact_divide('dense.' ~ name ~ '_seconds', '3600') }} as {{ name }}_hours_sum,
        {{ exact_divide('dense.' ~ name ~ '_business_seconds', '3600') }} as {{ name }}_business_hours_sum,
        {{ exact_divide(name ~ '.middle_seconds', '3600 * ' ~ name ~ '.middle_count') }} as median_{{ name }}_business_hours,
        {{ exact_divide(name ~ '.ninth_tenth_seconds', '3600') }} as p90_{{ name }}_business_hours,
        {% endfor -%}
        coalesce(payers.ending_customers_count, 0) as paying_customers_count,
        seats.paid_seats_count
    from dense
    {% for name in ticket_times() -%}
    left join {{ ref('int_support_times_ranked') }} as {{ name }}
        on
            {{ name }}.time_name = '{{ name }}'
            and dense.grain = {{ name }}.grain
            and dense.period_start = {{ name }}.period_start
            and dense.segment_name = {{ name }}.segment_name
            and dense.segment_value = {{ name }}.segment_value
    {% endfor -%}
    left join {{ ref('fct_mrr_roll_forward') }} as payers
        on
            dense.grain = payers.grain
            and dense.period_start = payers.period_start
            and dense.segment_name = payers.segment_name
            and dense.segment_value = payers.segment_value
    left join {{ ref('fct_seat_utilisation') }} as seats
        on
            dense.grain = seats.grain
            and dense.period_start = seats.period_start
            and dense.segment_name = seats.segment_name
            and dense.segment_value = seats.segment_value
)

select
    grain,
    period_start,
    period_end,
    is_complete,
    segment_name,
    segment_value,
    {% for measure in [
        'opened_count', 'severe_opened_count', 'responded_count', 'solved_count', 'reopened_solved_count', 'backlog_count',
        'timed_response_count', 'timed_resolution_count', 'paying_customers_count'
    ] -%}
    cast({{ measure }} as bigint) as {{ measure }},
    {% endfor -%}
    paid_seats_count,
    {{ exact_divide('severe_opened_count', 'opened_count') }} as severe_rate,
    {{ exact_divide('reopened_solved_count', 'solved_count') }} as reopen_rate,
    {{ exact_divide('opened_count', 'paying_customers_count') }} as tickets_per_customer_ratio,
    {{ exact_divide('opened_count', 'paid_seats_count') }} as tickets_per_seat_ratio,
    {% for name, count in {'first_response': 'timed_response_count', 'resolution': 'timed_resolution_count'}.items() -%}
    {{ name }}_hours_sum,
    {{ name }}_business_hours_sum,
    {{ exact_divide(name ~ '_hours_sum', count) }} as mean_{{ name }}_hours,
    {{ exact_divide(name ~ '_business_hours_sum', count) }} as mean_{{ name }}_business_hours,
    median_{{ name }}_business_hours,
    p90_{{ name }}_business_hours{% if not loop.last %},{% endif %}
    {% endfor %}
from hours
