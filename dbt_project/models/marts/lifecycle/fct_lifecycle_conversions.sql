{%- set grains = var('segment_grains') | select('in', calendar_grains()) | list -%}
{%- set trailing = var('segment_grains') | select('in', trailing_grains()) | list -%}
with stages as (
    select * from {{ ref('fct_lifecycle_stages') }}
),

placed as (
    {{ placed_in_periods('stages', 'from_date', trailing=trailing, grains=grains) }}
),

{# Who is still there comes after everybody who left: nobody knows for how long it will stay. #}
ranked as (
    select
        *,
        count(*) over (partition by grain, period_start, stage_name) as entered_count,
        row_number() over (
            partition by grain, period_start, stage_name
            order by case when not is_current then stage_days end nulls last, company_id, stage_number
        ) as place
    from placed
),

counted as (
    select
        grain,
        period_start,
        stage_name,
        count(*) as entered_count,
        count_if(is_current) as still_there_count,
        count_if({{ is_conversion('stage_name', 'next_stage_name') }}) as converted_count
        {%- for stage in lifecycle_stages() %},
        count_if(next_stage_name = '{{ stage }}') as moved_to_{{ stage }}_count
        {%- endfor %},
        sum(case when not is_current then stage_days else 0 end) as completed_days,
        sum(case when is_current then stage_days else 0 end) as running_days,
        max(case when not is_current and 2 * place >= entered_count and 2 * place < entered_count + 2 then stage_days end)
            as median_days
    from ranked
    group by grain, period_start, stage_name
),

beginnings as (
    select grain, min(period_start) as first_start from counted
    group by grain
),

seen as (
    select distinct stage_name from stages
),

{# Of a stage that nobody was ever in there is nothing to say. #}
gridded as (
    select
        periods.grain,
        periods.period_start,
        periods.period_end,
        periods.is_complete,
        seen.stage_name
    from {{ ref('int_periods_spanned') }} as periods
    inner join beginnings
        on periods.grain = beginnings.grain and periods.period_start >= beginnings.first_start
    cross join seen
)

select
    gridded.grain,
    gridded.period_start,
    gridded.period_end,
    gridded.is_complete,
    gridded.stage_name
    {%- for column in ['entered', 'still_there', 'converted'] %},
    cast(coalesce(counted.{{ column }}_count, 0) as bigint) as {{ column }}_count
    {%- endfor %}
    {%- for stage in lifecycle_stages() %},
    cast(coalesce(counted.moved_to_{{ stage }}_count, 0) as bigint) as moved_to_{{ stage }}_count
    {%- endfor %},
    {{ exact_divide('coalesce(counted.converted_count, 0)', 'coalesce(counted.entered_count, 0)') }} as conversion_rate,
    cast(coalesce(counted.completed_days, 0) as bigint) as completed_days,
    cast(coalesce(counted.running_days, 0) as bigint) as running_days,
    cast(counted.median_days as bigint) as median_days
from gridded
left join counted
    on
        gridded.grain = counted.grain
        and gridded.period_start = counted.period_start
        and gridded.stage_name = counted.stage_name
