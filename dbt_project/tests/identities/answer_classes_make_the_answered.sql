{#-
  promoters + passives + detractors = answered, and satisfied + neutral + dissatisfied likewise, by respondents
  and by all answers; the total has as many as the distribution of scores.
-#}
with parts as (
    {% for prefix, answers in {'': 'answered_count', 'all_': 'all_answers_count'}.items() -%}
    select
        grain, period_start, segment_name, segment_value, 'nps' as survey_type, '{{ answers }}' as answers,
        {{ answers }} as answers_count,
        {{ prefix }}promoters_count + {{ prefix }}passives_count + {{ prefix }}detractors_count as classed_count
    from {{ ref('fct_nps') }}
    union all
    {% for type in satisfaction_types() -%}
    select
        grain, period_start, segment_name, segment_value, '{{ type }}' as survey_type, '{{ answers }}' as answers,
        {{ type }}_{{ answers }} as answers_count,
        {{ type }}_{{ prefix }}satisfied_count + {{ type }}_{{ prefix }}neutral_count
        + {{ type }}_{{ prefix }}dissatisfied_count as classed_count
    from {{ ref('fct_satisfaction') }}
    {% if not loop.last %}union all{% endif %}
    {% endfor -%}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

scores as (
    {% for answers in ['answered_count', 'all_answers_count'] -%}
    select
        grain, period_start, survey_type, '{{ answers }}' as answers,
        sum({{ answers }}) as scores_count
    from {{ ref('fct_survey_scores') }}
    group by grain, period_start, survey_type
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
)

select
    parts.grain,
    parts.period_start,
    parts.segment_name,
    parts.segment_value,
    parts.survey_type,
    parts.answers
from parts
left join scores
    on
        parts.grain = scores.grain
        and parts.period_start = scores.period_start
        and parts.survey_type = scores.survey_type
        and parts.answers = scores.answers
where
    parts.answers_count <> parts.classed_count
    or (parts.segment_name = 'all' and coalesce(parts.answers_count, 0) <> coalesce(scores.scores_count, 0))
