with owners as (
    select
        customer_id,
        csm_id,
        changed_at as owned_from_at,
        coalesce(lead(changed_at) over (partition by customer_id order by changed_at), {{ forever() }}) as owned_to_at
    from {{ ref('int_csm_owners_resolved') }}
),

ranked as (
    select
        *,
        {% for name, direction in {'recency': 'desc', 'answer_number': 'asc'}.items() -%}
        case
            when answer_state = 'counted' then row_number() over (
                partition by answer_state, survey_type, respondent_id
                order by responded_at {{ direction }}, answer_origin {{ direction }}, answer_id {{ direction }}
            )
        end as {{ name }}{% if not loop.last %},{% endif %}
        {% endfor %}
    from {{ ref('int_survey_answers_classed') }}
)

select
    ranked.source_id,
    ranked.answer_origin,
    ranked.answer_id,
    ranked.survey_id,
    ranked.survey_name,
    ranked.survey_type,
    ranked.scale_code,
    ranked.survey_send_id,
    ranked.ticket_id,
    ranked.customer_id,
    owners_then.csm_id as csm_id_then,
    owners_now.csm_id,
    ranked.user_id,
    ranked.respondent_email,
    ranked.respondent_id,
    ranked.answer_state,
    ranked.reason,
    ranked.answer_class,
    cast(ranked.score as decimal(9, 4)) as score,
    {{ money('ranked.common_score') }} as common_score,
    ranked.comment,
    ranked.responded_at,
    ranked.answered_date,
    cast(ranked.answer_number as bigint) as answer_number,
    coalesce(ranked.recency = 1, false) as is_latest_of_respondent
from ranked
left join owners as owners_then
    on
        ranked.customer_id = owners_then.customer_id
        and ranked.responded_at >= owners_then.owned_from_at
        and ranked.responded_at < owners_then.owned_to_at
left join owners as owners_now
    on ranked.customer_id = owners_now.customer_id and owners_now.owned_to_at = {{ forever() }}
