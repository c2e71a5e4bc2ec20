{#- Periods in which the values of a segment do not add up to the total, in any balance, flow or count. -#}
{%- set measures = ['starting_mrr_amount', 'ending_mrr_amount', 'ending_trial_mrr_amount',
    'ending_committed_mrr_amount', 'starting_customers_count', 'ending_customers_count'] -%}
{%- for type in movement_types() -%}
    {%- do measures.append(type ~ '_mrr_amount') -%}
    {%- if type != 'fx' -%}{%- do measures.append(type ~ '_customers_count') -%}{%- endif -%}
{%- endfor -%}
{{ segments_that_miss_the_total(ref('fct_mrr_roll_forward'), measures) }}
