{#
  Periods in which the values of a segment do not add up to the total, in any of the measures of a mart
  that has one row per grain, period_start, segment_name and segment_value.
#}
{% macro segments_that_miss_the_total(mart, measures) %}
with summed as (
    select
        grain,
        period_start,
        segment_name
        {%- for measure in measures %},
        sum({{ measure }}) as {{ measure }}
        {%- endfor %}
    from {{ mart }}
    group by grain, period_start, segment_name
)

select
    parts.grain,
    parts.period_start,
    parts.segment_name
from summed as parts
inner join summed as total
    on
        parts.grain = total.grain
        and parts.period_start = total.period_start
        and total.segment_name = 'all'
where
    {% for measure in measures -%}
    parts.{{ measure }} <> total.{{ measure }}
    {% if not loop.last %}or {% endif -%}
    {%- endfor %}
{%- endmacro %}
