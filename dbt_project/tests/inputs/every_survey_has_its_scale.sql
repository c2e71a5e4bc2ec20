{#- Surveys on a scale that the seed does not know, or not for their kind, and what names a survey that nobody told of. -#}
select
    definitions.source_id,
    definitions.survey_id,
    definitions.survey_type,
    definitions.scale_code,
    cast(null as string) as survey_response_id
from {{ ref('stg_survey__definitions') }} as definitions
left join {{ ref('survey_scales') }} as scales
    on definitions.scale_code = scales.scale_code
where case when definitions.survey_type = 'nps' then scales.passive_from else scales.neutral_from end is null
union all
select
    named.source_id,
    named.survey_id,
    cast(null as string) as survey_type,
    cast(null as string) as scale_code,
    named.survey_response_id
from (
    select source_id, survey_id, survey_response_id from {{ ref('stg_survey__responses') }}
    union all
    select source_id, survey_id, survey_send_id as survey_response_id from {{ ref('stg_survey__sends') }}
) as named
left join {{ ref('stg_survey__definitions') }} as definitions
    on named.source_id = definitions.source_id and named.survey_id = definitions.survey_id
where definitions.survey_id is null
