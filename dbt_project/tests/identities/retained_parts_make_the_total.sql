{#- Periods in which what segments retained and lost does not add up to the total. -#}
{%- set measures = ['starting_mrr_amount', 'retained_mrr_amount', 'gross_retained_mrr_amount',
    'lost_mrr_amount', 'gained_mrr_amount', 'starting_customers_count', 'lost_customers_count',
    'voluntarily_lost_customers_count', 'involuntarily_lost_customers_count',
    'intra_period_churned_customers_count', 'first_paying_customers_count'] -%}
with summed as (
    select
        grain,
        period_start,
        segment_name
        {%- for measure in measures %},
        sum({{ measure }}) as {{ measure }}
        {%- endfor %}
    from {{ ref('fct_retention') }}
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
