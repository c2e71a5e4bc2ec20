{#- Each customer's own NPS and satisfaction, from the latest answer of each of its respondents in the period. -#}
with measured as (
    select
        grain,
        period_start,
        customer_id,
        {% for name in ['best', 'middle', 'worst'] -%}
        sum(case when survey_type = 'nps' then {{ name }}_count else 0 end) as nps_{{ name }}_count,
        {% endfor -%}
        {% for type in ['nps'] + satisfaction_types() -%}
        sum(case when survey_type = '{{ type }}' then answered_count else 0 end) as {{ type }}_answered_count,
        {% endfor -%}
        {% for type in satisfaction_types() -%}
        sum(case when survey_type = '{{ type }}' then best_count else 0 end) as {{ type }}_satisfied_count{% if not loop.last %},{% endif %}
        {% endfor %}
    from {{ ref('int_survey_periods_measured') }}
    where customer_id is not null and grain not in ('day', 'week')
    group by grain, period_start, customer_id
),

last_scores as (
    select
        grain,
        period_start,
        customer_id,
        survey_type,
        score,
        row_number() over (
            partition by grain, period_start, customer_id, survey_type
            order by last_answer desc
        ) as recency
    from {{ ref('int_survey_scores_placed') }}
    where customer_id is not null and survey_type = 'nps'
)

select
    measured.grain,
    measured.period_start,
    periods.period_end,
    periods.is_complete,
    measured.customer_id,
    cast(measured.nps_answered_count as bigint) as nps_answered_count,
    cast(measured.nps_best_count as bigint) as promoters_count,
    cast(measured.nps_middle_count as bigint) as passives_count,
    cast(measured.nps_worst_count as bigint) as detractors_count,
    {{ exact_divide('100 * (measured.nps_best_count - measured.nps_worst_count)', 'measured.nps_answered_count') }} as nps_score,
    cast(last_scores.score as decimal(9, 4)) as last_nps_answer_score
    {%- for type in satisfaction_types() %},
    cast(measured.{{ type }}_answered_count as bigint) as {{ type }}_answered_count,
    cast(measured.{{ type }}_satisfied_count as bigint) as {{ type }}_satisfied_count,
    {{ exact_divide('measured.' ~ type ~ '_satisfied_count', 'measured.' ~ type ~ '_answered_count') }} as {{ type }}_satisfied_rate
    {%- endfor %}
from measured
inner join {{ ref('int_periods_spanned') }} as periods
    on measured.grain = periods.grain and measured.period_start = periods.period_start
left join last_scores
    on
        measured.grain = last_scores.grain
        and measured.period_start = last_scores.period_start
        and measured.customer_id = last_scores.customer_id
        and last_scores.recency = 1
