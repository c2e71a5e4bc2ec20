{#- Answers by the day on which they came, sends by the day on which they went out. -#}
with scored as (
    select
        grain, period_start, customer_id, survey_type, answered_count, all_answers_count,
        {% for name, classes in answer_classes().items() -%}
        {% for measure, answers in {name: 'answered_count', 'all_' ~ name: 'all_answers_count'}.items() -%}
        case
            when answer_class in ('{{ classes | join("', '") }}') then {{ answers }}
            else 0
        end as {{ measure }}_count,
        {% endfor -%}
        {% endfor -%}
        common_score * answered_count as common_score_sum,
        common_score * all_answers_count as all_common_score_sum,
        0 as rejected_count, 0 as unanswered_count, 0 as sent_count, 0 as answered_sends_count
    from {{ ref('int_survey_scores_placed') }}
),

answered_sends as (
    select distinct source_id, survey_send_id
    from {{ ref('int_survey_answers_classed') }}
    where answer_state = 'counted' and answer_origin = 'survey'
),

{# A rejected answer to an unknown survey is of no kind; it stands in fct_survey_answers alone. #}
uncounted as (
    select
        customer_id, survey_type, answered_date as day,
        case when answer_state = 'rejected' then 1 else 0 end as rejected_count,
        case when answer_state = 'unanswered' then 1 else 0 end as unanswered_count,
        0 as sent_count, 0 as answered_sends_count
    from {{ ref('int_survey_answers_classed') }}
    where answer_state in ('rejected', 'unanswered') and survey_type is not null
    union all
    select
        customers.customer_id, definitions.survey_type, {{ local_date('sends.sent_at') }} as day,
        0 as rejected_count, 0 as unanswered_count, 1 as sent_count,
        case when answered_sends.survey_send_id is null then 0 else 1 end as answered_sends_count
    from {{ ref('stg_survey__sends') }} as sends
    inner join {{ ref('stg_survey__definitions') }} as definitions
        on sends.source_id = definitions.source_id and sends.survey_id = definitions.survey_id
    {{ joined_to_user_and_customer('sends') }}
    left join answered_sends
        on sends.source_id = answered_sends.source_id and sends.survey_send_id = answered_sends.survey_send_id
    where not coalesce(users.is_internal, false) and not coalesce(customers.is_test, false)
),

in_calendar as (
    select * from uncounted
    where day >= cast('{{ var("calendar_floor_date") }}' as date)
),

placed as (
    {{ placed_in_periods('in_calendar', 'day', trailing=trailing_grains()) }}
),

unioned as (
    select
        grain, period_start, customer_id, survey_type,
        {{ survey_measures() | join(', ') }}
    from scored
    union all
    select
        grain, period_start, customer_id, survey_type,
        {% for measure in survey_measures() -%}
        {% if measure in ('rejected_count', 'unanswered_count', 'sent_count', 'answered_sends_count') -%}
        {{ measure }}{% else %}0 as {{ measure }}{% endif %}{% if not loop.last %},{% endif %}
        {% endfor %}
    from placed
)

select
    grain, period_start, customer_id, survey_type,
    {% for measure in survey_measures() -%}
    sum({{ measure }}) as {{ measure }}{% if not loop.last %},{% endif %}
    {% endfor %}
from unioned
group by grain, period_start, customer_id, survey_type
