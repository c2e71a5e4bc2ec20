{%- set windows = value_windows() -%}
{%- set measures = time_to_value_measures(windows) -%}
with summed as (
    select
        grain,
        period_start,
        segment_name,
        segment_value
        {%- for measure in measures %},
        sum({{ measure }}) as {{ measure }}
        {%- endfor %}
    from {{ ref('int_time_to_value_survived') }}
    group by grain, period_start, segment_name, segment_value
),

{# The first day after which no more than that share is not there yet; none where it never comes to that. #}
quantiles as (
    select
        grain,
        period_start,
        segment_name,
        segment_value,
        min(case when not_yet_rate <= 0.5 then observed_days end) as median_days,
        min(case when not_yet_rate <= 0.1 then observed_days end) as p90_days
    from {{ ref('int_time_to_value_survived') }}
    group by grain, period_start, segment_name, segment_value
),

dense as (
    {{ over_every_period('summed', measures) }}
)

select
    dense.grain,
    dense.period_start,
    dense.period_end,
    dense.is_complete,
    dense.segment_name,
    dense.segment_value,
    cast(dense.started_count as bigint) as started_customers_count,
    cast(dense.observed_count as bigint) as measured_customers_count,
    cast(dense.valued_count as bigint) as valued_customers_count,
    cast(dense.left_count as bigint) as left_customers_count,
    cast(dense.observed_count - dense.valued_count - dense.left_count as bigint) as waiting_customers_count,
    cast(dense.value_before_start_count as bigint) as value_before_start_customers_count,
    quantiles.median_days as median_time_to_value_days,
    quantiles.p90_days as p90_time_to_value_days,
    {% for days in windows -%}
    cast(dense.within_{{ days }}_count as bigint) as within_{{ days }}_days_customers_count,
    cast(dense.passed_{{ days }}_count as bigint) as passed_{{ days }}_days_customers_count,
    {{ exact_divide('dense.within_' ~ days ~ '_count', 'dense.passed_' ~ days ~ '_count') }}
        as value_within_{{ days }}_days_rate,
    {% endfor -%}
    cast(dense.set_up_count as bigint) as set_up_customers_count,
    cast(dense.completion_measured_count as bigint) as set_up_measured_customers_count,
    {{ exact_divide('dense.set_up_count', 'dense.completion_measured_count') }} as set_up_rate,
    {{ money('dense.feedback_sum') }} as feedback_score_sum,
    cast(dense.feedback_count as bigint) as rated_customers_count,
    {{ exact_divide('dense.feedback_sum', 'dense.feedback_count') }} as average_feedback_score,
    cast(dense.tutorial_visits_count as bigint) as tutorial_visits_count
from dense
left join quantiles
    on
        dense.grain = quantiles.grain
        and dense.period_start = quantiles.period_start
        and dense.segment_name = quantiles.segment_name
        and dense.segment_value = quantiles.segment_value
