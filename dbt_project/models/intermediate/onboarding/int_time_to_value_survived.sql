{#-
  Kaplan-Meier by cohort: of the customers of a cohort whose time to value was at least so many days, how many
  reached it on that day and how many were last seen on it; and the share that is not there yet after it.
  Who is last seen on a day was at risk on it. Survival is a product of fractions; its logarithms are summed as
  doubles, which have five digits to spare, and the product is rounded to ten digits before it is compared, so that
  an exact half is a half.
-#}
{%- set windows = value_windows() -%}
{%- set measures = time_to_value_measures(windows) -%}
with onboardings as (
    select
        customer_id,
        started_date,
        observed_days,
        1 as started_count,
        case when observed_days is not null then 1 else 0 end as observed_count,
        case when observed_days is not null and first_value_at is not null then 1 else 0 end as valued_count,
        case when observed_days is not null and first_value_at is null and left_at is not null then 1 else 0 end
            as left_count,
        case when is_value_before_start then 1 else 0 end as value_before_start_count,
        case when is_completion_measured and not is_completed_before_start then 1 else 0 end as completion_measured_count,
        case when completed_at is not null and not is_completed_before_start then 1 else 0 end as set_up_count,
        case when feedback_score is not null then 1 else 0 end as feedback_count,
        coalesce(feedback_score, 0) as feedback_sum,
        tutorial_visits_count
        {%- for days in windows %},
        case
            when observed_days is not null and {{ add_days_to_instant('started_at', days) }} <= {{ as_of() }} then 1
            else 0
        end as passed_{{ days }}_count,
        case
            when time_to_value_days < {{ days }} and {{ add_days_to_instant('started_at', days) }} <= {{ as_of() }} then 1
            else 0
        end as within_{{ days }}_count
        {%- endfor %}
    from {{ ref('int_onboardings_measured') }}
    where started_at is not null
),

placed as (
    {{ placed_in_periods('onboardings', 'started_date', grains=['week', 'month', 'quarter', 'half_year', 'year']) }}
),

segmented as (
    {{ placed_in_segments('placed', ['observed_days'] + measures) }}
),

summed as (
    select
        grain,
        period_start,
        segment_name,
        segment_value,
        observed_days
        {%- for measure in measures %},
        sum({{ measure }}) as {{ measure }}
        {%- endfor %}
    from segmented
    group by grain, period_start, segment_name, segment_value, observed_days
),

at_risk as (
    select
        *,
        sum(observed_count) over (
            partition by grain, period_start, segment_name, segment_value
            order by observed_days desc nulls last
            rows between unbounded preceding and current row
        ) as at_risk_count
    from summed
)

select
    *,
    case
        when observed_days is null then null
        when at_risk_count = valued_count then {{ money('0') }}
        else {{ money(
            'round(exp(sum(ln(cast(nullif(at_risk_count - valued_count, 0) as double))'
            ~ ' - ln(cast(nullif(at_risk_count, 0) as double))) over so_far), 10)'
        ) }}
    end as not_yet_rate
from at_risk
window so_far as (
    partition by grain, period_start, segment_name, segment_value
    order by observed_days nulls last
    rows between unbounded preceding and current row
)
