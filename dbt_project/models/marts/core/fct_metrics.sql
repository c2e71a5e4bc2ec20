{{ config(tags=['scored']) }}
{% for mart in metric_marts() -%}
-- depends_on: {{ ref(mart) }}
{% endfor -%}
{#-
  A change is told of complete periods only: what a running month has so far says nothing against a whole one.
  Windows that slide by a month are compared with the one that ended a month, or a year, before.
-#}
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
        (segment_name = 'all' or grain in ({{ segment_grains() }}))
        {%- if metric.where %}
        and {{ metric.where }}
        {%- endif %}
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
),

metrics as (
    select
        *,
        case when grain like 'trailing%' then {{ add_months('period_end', -1) }} else period_start end
            as previous_end,
        case grain
            when 'day' then {{ add_days(add_months('period_start', -12), 1) }}
            when 'week' then {{ add_days('period_end', -364) }}
            else {{ add_months('period_end', -12) }}
        end as year_before_end
    from parts
)

select
    metrics.metric_name,
    metrics.grain,
    metrics.period_start,
    metrics.period_end,
    metrics.is_complete,
    metrics.segment_name,
    metrics.segment_value,
    metrics.numerator,
    metrics.denominator,
    metrics.value,
    {% for other in ['previous', 'year_before'] -%}
    {{ other }}.value as {{ other }}_value,
    case when metrics.is_complete then {{ money('metrics.value - ' ~ other ~ '.value') }} end as change_from_{{ other }},
    case
        when metrics.is_complete
            then {{ exact_divide('metrics.value - ' ~ other ~ '.value', 'abs(' ~ other ~ '.value)') }}
    end as change_from_{{ other }}_ratio
    {%- if not loop.last %},{% endif %}
    {% endfor %}
from metrics
{% for other in ['previous', 'year_before'] -%}
left join parts as {{ other }}
    on
        metrics.metric_name = {{ other }}.metric_name
        and metrics.grain = {{ other }}.grain
        and metrics.segment_name = {{ other }}.segment_name
        and metrics.segment_value = {{ other }}.segment_value
        and metrics.{{ other }}_end = {{ other }}.period_end
{% endfor -%}
