{#-
  Every answer up to as_of with who gave it, whether it counts, and its class. The score that a support
  ticket was given is an answer to a two-way CSAT survey of its own; the desk tells no instant of it, so it
  is dated by when the ticket was solved, or opened where it never was.
-#}
with told as (
    select
        responses.source_id, 'survey' as answer_origin, responses.survey_response_id as answer_id,
        responses.survey_id, definitions.survey_name, definitions.survey_type, definitions.scale_code,
        responses.survey_send_id, responses.ticket_id, responses.user_id, responses.customer_id,
        responses.respondent_email, responses.score, responses.comment, responses.responded_at
    from {{ ref('stg_survey__responses') }} as responses
    left join {{ ref('stg_survey__definitions') }} as definitions
        on responses.source_id = definitions.source_id and responses.survey_id = definitions.survey_id
    union all
    select
        source_id, 'ticket' as answer_origin, ticket_id as answer_id,
        null as survey_id, null as survey_name, 'csat' as survey_type, 'two_way' as scale_code,
        null as survey_send_id, ticket_id, user_id, customer_id,
        null as respondent_email,
        case satisfaction_score when 'good' then 1 when 'bad' then 0 end as score,
        null as comment, coalesce(solved_at, created_at) as responded_at
    from {{ ref('stg_support__tickets') }}
    where satisfaction_score is not null
),

{# A survey about a ticket says the same as the ticket's own score, with more of it. #}
surveyed_tickets as (
    select distinct told.source_id, told.ticket_id
    from told
    inner join {{ ref('survey_scales') }} as scales
        on
            told.scale_code = scales.scale_code
            and told.score between scales.minimum_score and scales.maximum_score
    where told.answer_origin = 'survey' and told.survey_type = 'csat' and told.responded_at < {{ as_of() }}
),

resolved as (
    select
        told.*,
        case when not customers.is_test then customers.customer_id end as resolved_customer_id,
        told.source_id || ':' || coalesce(
            'user:' || coalesce(users.resolved_user_id, told.user_id),
            'email:' || nullif(lower(trim(told.respondent_email)), ''),
            told.answer_origin || ':' || told.answer_id
        ) as respondent_id,
        scales.minimum_score, scales.maximum_score,
        case when told.survey_type = 'nps' then scales.promoter_from else scales.satisfied_from end as best_from,
        case when told.survey_type = 'nps' then scales.passive_from else scales.neutral_from end as middle_from,
        case
            when users.is_internal then 'internal user'
            when customers.is_test then 'test customer'
            when told.answer_origin = 'ticket' and surveyed_tickets.ticket_id is not null then 'told by a survey'
        end as exclusion_reason
    from told
    left join {{ ref('survey_scales') }} as scales
        on told.scale_code = scales.scale_code
    {{ joined_to_user_and_customer('told') }}
    left join surveyed_tickets
        on told.source_id = surveyed_tickets.source_id and told.ticket_id = surveyed_tickets.ticket_id
    where told.responded_at < {{ as_of() }}
),

judged as (
    select
        *,
        case
            when exclusion_reason is not null then exclusion_reason
            when survey_type is null then 'unknown survey'
            when responded_at < cast('{{ var("calendar_floor_date") }}' as timestamp) then 'before the calendar'
            when score is null then null
            when best_from is null or middle_from is null then 'scale of another kind of survey'
            when score < minimum_score or score > maximum_score then 'off the scale'
        end as reason
    from resolved
)

select
    source_id, answer_origin, answer_id, survey_id, survey_name, survey_type, scale_code, survey_send_id, ticket_id,
    user_id, respondent_email, respondent_id, resolved_customer_id as customer_id,
    score, comment, responded_at, {{ local_date('responded_at') }} as answered_date, reason,
    case
        when exclusion_reason is not null then 'excluded'
        when reason is not null then 'rejected'
        when score is null then 'unanswered'
        else 'counted'
    end as answer_state,
    case
        when reason is not null or score is null then null
        when score >= best_from then case when survey_type = 'nps' then 'promoter' else 'satisfied' end
        when score >= middle_from then case when survey_type = 'nps' then 'passive' else 'neutral' end
        when survey_type = 'nps' then 'detractor'
        else 'dissatisfied'
    end as answer_class,
    case
        when reason is null and survey_type <> 'nps' then {{ common_score('survey_type', 'score', 'minimum_score', 'maximum_score') }}
    end as common_score
from judged
