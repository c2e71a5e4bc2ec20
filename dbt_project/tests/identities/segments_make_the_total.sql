{#- Periods in which the values of a segment do not add up to the total, in any balance, flow or count. -#}
{%- set measures = ['starting_mrr_amount', 'ending_mrr_amount', 'ending_trial_mrr_amount',
    'ending_committed_mrr_amount', 'starting_customers_count', 'ending_customers_count'] -%}
{%- for type in movement_types() -%}
    {%- do measures.append(type ~ '_mrr_amount') -%}
    {%- if type != 'fx' -%}{%- do measures.append(type ~ '_customers_count') -%}{%- endif -%}
{%- endfor -%}
with summed as (
    select
        grain,
        period_start,
        segment_name
        {%- for measure in measures %},
        sum({{ measure }}) as {{ measure }}
        {%- endfor %}
    from {{ ref('fct_mrr_roll_forward') }}
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
