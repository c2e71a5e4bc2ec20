{#- The distribution of answers. Only scores that were given have a row. -#}
with scores as (
    select
        grain,
        period_start,
        survey_type,
        scale_code,
        score,
        answer_class,
        sum(answered_count) as answered_count,
        sum(all_answers_count) as all_answers_count
    from {{ ref('int_survey_scores_placed') }}
    group by grain, period_start, survey_type, scale_code, score, answer_class
)

select
    scores.grain,
    scores.period_start,
    periods.period_end,
    periods.is_complete,
    scores.survey_type,
    scores.scale_code,
    cast(scores.score as decimal(9, 4)) as score,
    scores.answer_class,
    cast(scores.answered_count as bigint) as answered_count,
    cast(scores.all_answers_count as bigint) as all_answers_count
from scores
inner join {{ ref('int_periods_spanned') }} as periods
    on scores.grain = periods.grain and scores.period_start = periods.period_start
