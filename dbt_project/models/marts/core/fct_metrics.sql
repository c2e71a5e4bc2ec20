-- depends_on: {{ ref('fct_mrr_roll_forward') }}, {{ ref('fct_retention') }}, {{ ref('fct_revenue') }}
{%- set segment_grains = "'" ~ var('segment_grains') | join("', '") ~ "'" %}
with parts as (
    {% for mart in metric_marts() -%}
    {%- for name, metric in metrics_of(mart).items() %}
    select
        '{{ name }}' as metric_name,
        grain, period_start, period_end, is_complete, segment_name, segment_value,
        {{ money(metric.numerator) }} as numerator,
        {% if metric.denominator -%}
        {{ money(metric.denominator) }} as denominator,
        {{ exact_divide(metric.numerator, metric.denominator) }} as value
        {%- else -%}
        cast(null as {{ money_type() }}) as denominator,
        {{ money(metric.numerator) }} as value
        {%- endif %}
    from {{ ref(mart) }}
    where
        (segment_name = 'all' or grain in ({{ segment_grains }}))
        {%- if metric.grains %}
        and grain in ('{{ metric.grains | join("', '") }}')
        {%- endif %}
    union all
    {% endfor -%}
    {%- endfor %}
    select
        cast(null as string) as metric_name,
        cast(null as string) as grain,
        cast(null as date) as period_start,
        cast(null as date) as period_end,
        cast(null as boolean) as is_complete,
        cast(null as string) as segment_name,
        cast(null as string) as segment_value,
        cast(null as {{ money_type() }}) as numerator,
        cast(null as {{ money_type() }}) as denominator,
        cast(null as {{ money_type() }}) as value
    where false
)

select
    metric_name,
    grain,
    period_start,
    period_end,
    is_complete,
    segment_name,
    segment_value,
    numerator,
    denominator,
    value
from parts
