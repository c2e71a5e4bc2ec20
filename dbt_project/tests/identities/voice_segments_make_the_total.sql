{#- Answers and sends of a period's segment values add up to the period's total. -#}
{{ segments_that_miss_the_total(ref('fct_nps'), [
    'answered_count', 'promoters_count', 'detractors_count', 'all_answers_count', 'rejected_count', 'sent_count',
    'answered_sends_count'
]) }}
union all
{%- set measures = [] -%}
{%- for type in satisfaction_types() -%}
    {%- for name in ['answered_count', 'satisfied_count', 'sum_score', 'all_answers_count', 'sent_count'] -%}
        {%- do measures.append(type ~ '_' ~ name) -%}
    {%- endfor -%}
{%- endfor %}
select * from ({{ segments_that_miss_the_total(ref('fct_satisfaction'), measures) }}) as satisfaction
