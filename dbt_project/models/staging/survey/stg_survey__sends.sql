with sends as (
    {{ events_of('survey_sends', key=['survey_send_id'], event_time='sent_at') }}
)

select
    source_id,
    survey_send_id,
    survey_id,
    user_id,
    customer_id,
    respondent_email,
    channel,
    sent_at
from sends
