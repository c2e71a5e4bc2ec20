{# What is summed of the answers of a kind of survey, over each respondent's latest answer and over all. #}
{% macro survey_measures() %}
    {{- return([
        'answered_count', 'best_count', 'middle_count', 'worst_count', 'common_score_sum',
        'all_answers_count', 'all_best_count', 'all_middle_count', 'all_worst_count', 'all_common_score_sum',
        'rejected_count', 'unanswered_count', 'sent_count', 'answered_sends_count'
    ]) -}}
{% endmacro %}

{# 'best', 'middle' and 'worst' stand for both families of classes. #}
{% macro answer_classes() %}
    {{- return({
        'best': ['promoter', 'satisfied'],
        'middle': ['passive', 'neutral'],
        'worst': ['detractor', 'dissatisfied']
    }) -}}
{% endmacro %}

{# Measures of one kind of survey in every period since its first one, for all and by segment. #}
{% macro survey_periods(survey_type, measures) %}
with measured as (
    select * from {{ ref('int_survey_periods_measured') }}
    where survey_type = '{{ survey_type }}'
),

{{ dense_in_segments('measured', measures) }}

select * from dense
{% endmacro %}
