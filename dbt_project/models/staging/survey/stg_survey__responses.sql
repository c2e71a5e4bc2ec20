with responses as (
    {{ current_of('survey_responses', key=['survey_response_id'], effective_at='updated_at') }}
)

select
    source_id,
    survey_response_id,
    survey_id,
    survey_send_id,
    user_id,
    customer_id,
    respondent_email,
    ticket_id,
    score,
    comment,
    responded_at
from responses
