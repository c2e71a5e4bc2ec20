{#- How often each score was given in each period: by all answers, and by each respondent's latest one in it. -#}
with counted as (
    select
        answered_date, customer_id, respondent_id, survey_type, scale_code, score, answer_class, common_score,
        responded_at,
        source_id || ':' || answer_origin || ':' || answer_id as answer_key
    from {{ ref('int_survey_answers_classed') }}
    where answer_state = 'counted'
),

placed as (
    {{ placed_in_periods('counted', 'answered_date', trailing=trailing_grains()) }}
),

ranked as (
    select
        *,
        row_number() over (
            partition by grain, period_start, survey_type, respondent_id
            order by responded_at desc, answer_key desc
        ) as recency
    from placed
)

select
    grain,
    period_start,
    customer_id,
    survey_type,
    scale_code,
    score,
    answer_class,
    common_score,
    count(*) as all_answers_count,
    count(case when recency = 1 then 1 end) as answered_count,
    max(cast(responded_at as string) || ' ' || answer_key) as last_answer
from ranked
group by grain, period_start, customer_id, survey_type, scale_code, score, answer_class, common_score
