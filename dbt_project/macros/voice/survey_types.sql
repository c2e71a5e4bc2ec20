{# Kinds of surveys whose answers are satisfied, neutral or dissatisfied. NPS has its own mart. #}
{% macro satisfaction_types() %}{{ return(['csat', 'ces', 'product_usage', 'onboarding']) }}{% endmacro %}

{#
  A score on the scale in which the mean of its kind of survey is told: customer effort from 1 (hard) to 7,
  everything else from 1 to 5. So a mean may hold answers on several scales.
#}
{% macro common_score(survey_type, score, minimum_score, maximum_score) %}
    1 + {{ exact_divide(
        '(case when ' ~ survey_type ~ " = 'ces' then 6 else 4 end) * (" ~ score ~ ' - ' ~ minimum_score ~ ')',
        maximum_score ~ ' - ' ~ minimum_score
    ) }}
{%- endmacro %}

{#
  Half of the 95 % confidence interval of NPS, in points: 100 * 1.96 * sqrt(variance / n) of the variable that
  is 1 for a promoter, -1 for a detractor and 0 for a passive. With whole numbers up to the root, so that
  every engine has the same six digits: variance / n = (n * (p + d) - (p - d)^2) / n^3.
#}
{% macro margin_of_error(promoters, detractors, answered) %}
    case
        when {{ answered }} > 0 then {{ money(
            'cast(round(196 * sqrt(cast(' ~ answered ~ ' * (' ~ promoters ~ ' + ' ~ detractors ~ ') - ('
            ~ promoters ~ ' - ' ~ detractors ~ ') * (' ~ promoters ~ ' - ' ~ detractors ~ ') as double)'
            ~ ' / (cast(' ~ answered ~ ' as double) * ' ~ answered ~ ' * ' ~ answered ~ ')), 6) as decimal(18, 6))'
        ) }}
    end
{%- endmacro %}

