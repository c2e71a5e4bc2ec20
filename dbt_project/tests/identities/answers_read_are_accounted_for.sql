{#-
  Answers read = counted + unanswered + rejected + excluded, and each day of NPS and satisfaction has what
  fct_survey_answers says of it. Two counts of the same that differ are one row.
-#}
with read_rows as (
    select
        source_id,
        count(*) as rows_count
    from (
        select source_id from {{ ref('stg_survey__responses') }} where responded_at < {{ as_of() }}
        union all
        select source_id from {{ ref('stg_support__tickets') }}
        where satisfaction_score is not null and coalesce(solved_at, created_at) < {{ as_of() }}
    ) as told
    group by source_id
),

accounted as (
    select
        source_id,
        count(*) as rows_count
    from {{ ref('fct_survey_answers') }}
    where answer_state in ('counted', 'unanswered', 'rejected', 'excluded')
    group by source_id
),

days as (
    {% for type in ['nps'] + satisfaction_types() -%}
    {% set prefix = '' if type == 'nps' else type ~ '_' -%}
    select
        '{{ type }}' as survey_type, period_start as day, {{ prefix }}all_answers_count as counted,
        {{ prefix }}rejected_count as rejected, {{ prefix }}unanswered_count as unanswered
    from {{ ref('fct_nps' if type == 'nps' else 'fct_satisfaction') }}
    where grain = 'day' and segment_name = 'all'
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

answers as (
    select
        survey_type,
        answered_date as day,
        {% for state in ['counted', 'rejected', 'unanswered'] -%}
        count(case when answer_state = '{{ state }}' then 1 end) as {{ state }}{% if not loop.last %},{% endif %}
        {% endfor %}
    from {{ ref('fct_survey_answers') }}
    where answer_state <> 'excluded' and coalesce(reason, '') not in ('before the calendar', 'unknown survey')
    group by survey_type, answered_date
)

select
    coalesce(read_rows.source_id, accounted.source_id) as what,
    cast(null as date) as day
from read_rows
full outer join accounted on read_rows.source_id = accounted.source_id
where read_rows.rows_count is distinct from accounted.rows_count
union all
select
    coalesce(days.survey_type, answers.survey_type) as what,
    coalesce(days.day, answers.day) as day
from days
full outer join answers
    on days.survey_type = answers.survey_type and days.day = answers.day
where
    coalesce(days.counted, 0) <> coalesce(answers.counted, 0)
    or coalesce(days.rejected, 0) <> coalesce(answers.rejected, 0)
    or coalesce(days.unanswered, 0) <> coalesce(answers.unanswered, 0)
