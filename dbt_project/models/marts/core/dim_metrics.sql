{{ config(tags=['scored']) }}
-- depends_on: {{ ref('fct_metrics') }}
with definitions as (
    {% for mart in metric_marts() -%}
    {%- for name, metric in metrics_of(mart).items() %}
    select
        '{{ name }}' as metric_name,
        {{ text(metric.label) }} as label,
        {{ text(metric.description) }} as description,
        {{ text(metric.unit) }} as unit,
        {{ text(mart) }} as mart,
        {{ text(metric.numerator) }} as numerator,
        {{ text(metric.denominator) }} as denominator,
        {{ text(metric.direction) }} as direction,
        {{ text(metric.owner) }} as owner,
        {{ 'true' if metric.matures else 'false' }} as is_maturing,
        cast({{ metric.valid_min if metric.valid_min is not none and metric.valid_min is defined else 'null' }} as {{ money_type() }}) as valid_min,
        cast({{ metric.valid_max if metric.valid_max is not none and metric.valid_max is defined else 'null' }} as {{ money_type() }}) as valid_max
    union all
    {% endfor -%}
    {%- endfor %}
    select
        cast(null as string) as metric_name, cast(null as string) as label,
        cast(null as string) as description, cast(null as string) as unit,
        cast(null as string) as mart, cast(null as string) as numerator,
        cast(null as string) as denominator, cast(null as string) as direction,
        cast(null as string) as owner, cast(null as boolean) as is_maturing,
        cast(null as {{ money_type() }}) as valid_min,
        cast(null as {{ money_type() }}) as valid_max
    where false
)

select * from definitions
