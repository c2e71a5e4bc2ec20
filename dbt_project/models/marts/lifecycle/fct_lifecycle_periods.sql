{%- set counts = ['starting', 'entered', 'left', 'converted'] -%}
{%- set measures = [] -%}
{%- for stage in lifecycle_stages() -%}
    {%- for count in counts -%}{%- do measures.append(stage ~ '_' ~ count ~ '_count') -%}{%- endfor -%}
{%- endfor -%}
with periods as (
    select * from {{ ref('int_periods_spanned') }}
    where grain in ({{ segment_grains() }})
),

stages as (
    select * from {{ ref('fct_lifecycle_stages') }}
),

{# Before billing knew a company it was in no segment: what it bought later must not change an earlier month. #}
beginnings as (
    select customer_id, min(change_date) as first_date from {{ ref('int_customer_mrr_changed') }}
    group by customer_id
),

{# A stage stands in every period that it touches; what ends with a period's first day was there at its start. #}
placed as (
    select
        periods.grain,
        periods.period_start,
        case when beginnings.first_date < periods.period_end then stages.customer_id end as customer_id,
        stages.stage_name,
        case when stages.from_date < periods.period_start then 1 else 0 end as starting_count,
        case when stages.from_date >= periods.period_start then 1 else 0 end as entered_count,
        case when stages.to_date < periods.period_end then 1 else 0 end as left_count,
        case
            when
                stages.from_date >= periods.period_start
                and {{ is_conversion('stages.stage_name', 'stages.next_stage_name') }} then 1
            else 0
        end as converted_count
    from stages
    inner join periods
        on
            stages.from_date < periods.period_end
            and coalesce(stages.to_date, cast('9999-12-31' as date)) >= periods.period_start
    left join beginnings on stages.customer_id = beginnings.customer_id
),

{# One row per stage first: far fewer than customers before the stages become columns. #}
by_stage as (
    select
        grain,
        period_start,
        segment_name,
        segment_value,
        stage_name
        {%- for count in counts %},
        sum({{ count }}_count) as {{ count }}_count
        {%- endfor %}
    from (
        {{ placed_in_segments('placed', ['stage_name', 'starting_count', 'entered_count', 'left_count', 'converted_count']) }}
    ) as segmented
    group by grain, period_start, segment_name, segment_value, stage_name
),

summed as (
    select
        grain,
        period_start,
        segment_name,
        segment_value
        {%- for stage in lifecycle_stages() -%}
        {%- for count in counts %},
        sum(case when stage_name = '{{ stage }}' then {{ count }}_count else 0 end) as {{ stage }}_{{ count }}_count
        {%- endfor -%}
        {%- endfor %}
    from by_stage
    group by grain, period_start, segment_name, segment_value
),

dense as (
    {{ over_every_period('summed', measures) }}
),

{# Stages that nobody was ever seen in for want of a domain. #}
seen as (
    select
        count(*) as stages_count
        {%- for stage in optional_stages() %},
        count_if(stage_name = '{{ stage }}') > 0 as has_{{ stage }}
        {%- endfor %}
    from stages
)

select
    dense.grain,
    dense.period_start,
    dense.period_end,
    dense.is_complete,
    dense.segment_name,
    dense.segment_value
    {%- for stage in lifecycle_stages() -%}
    {%- for count in counts + ['ending'] %}
    {%- set value -%}
        {%- if count == 'ending' -%}
        dense.{{ stage }}_starting_count + dense.{{ stage }}_entered_count - dense.{{ stage }}_left_count
        {%- else -%}
        dense.{{ stage }}_{{ count }}_count
        {%- endif -%}
    {%- endset %},
    cast({% if stage in optional_stages() %}case when seen.has_{{ stage }} then {{ value }} end{% else %}{{ value }}{% endif %} as bigint)
        as {{ stage }}_{{ count }}_count
    {%- endfor -%}
    {%- endfor %}
    {%- for stage in converting_stages() %},
    {{ exact_divide(
        'dense.' ~ stage ~ '_converted_count', 'dense.' ~ stage ~ '_entered_count'
    ) }} as {{ stage }}_conversion_rate
    {%- endfor %}
from dense
cross join seen
