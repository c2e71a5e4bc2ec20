with definitions as (
    {{ current_of('survey_definitions', key=['survey_id']) }}
)

select
    source_id,
    survey_id,
    survey_name,
    survey_type,
    scale_code,
    created_at
from definitions
