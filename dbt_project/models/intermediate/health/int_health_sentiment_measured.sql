{#- The last NPS answer within 52 weeks and the mean CSAT of 26 weeks, the latter on a scale of 1 to 5. -#}
with versions as (
    {{ held_versions_of('survey_responses', ['survey_response_id'], 'updated_at') }}
),

responses as (
    {{ held_of_customers(
        'versions', ['source_id', 'survey_response_id', 'survey_id', 'responded_at', 'score'], users=true
    ) }}
),

answers as (
    select
        responses.survey_response_id,
        responses.customer_id,
        responses.held_from_date,
        responses.held_to_date,
        definitions.survey_type,
        responses.responded_at,
        responses.score,
        cast(
            1 + 4 * (responses.score - scales.minimum_score) / (scales.maximum_score - scales.minimum_score)
            as decimal(18, 6)
        ) as five_point_score
    from responses
    inner join {{ ref('stg_survey__definitions') }} as definitions
        on responses.source_id = definitions.source_id and responses.survey_id = definitions.survey_id
    inner join {{ ref('survey_scales') }} as scales
        on
            definitions.scale_code = scales.scale_code
            and responses.score between scales.minimum_score and scales.maximum_score
    where definitions.survey_type in ('nps', 'csat')
),

seen as (
    select
        snapshots.customer_id,
        snapshots.as_of_date,
        answers.survey_type,
        answers.score,
        case
            when
                answers.survey_type = 'csat'
                and answers.responded_at >= {{ add_days_to_instant('snapshots.snapshot_at', -182) }}
                then answers.five_point_score
        end as recent_csat_score,
        row_number() over (
            partition by snapshots.customer_id, snapshots.as_of_date, answers.survey_type
            order by answers.responded_at desc, answers.survey_response_id desc
        ) as recency
    from {{ ref('int_health_snapshots_dated') }} as snapshots
    inner join answers
        on
            snapshots.customer_id = answers.customer_id
            and {{ held_on('answers', 'snapshots.as_of_date') }}
            and answers.responded_at < snapshots.snapshot_at
            and answers.responded_at >= {{ add_days_to_instant('snapshots.snapshot_at', -364) }}
)

select
    customer_id,
    as_of_date,
    cast(max(case when survey_type = 'nps' and recency = 1 then score end) as double) as last_nps_score,
    {# Exact until the last step: a sum of doubles would depend on the order of the rows. #}
    cast(sum(recent_csat_score) as double) / nullif(count(recent_csat_score), 0) as mean_csat_score
from seen
group by customer_id, as_of_date
