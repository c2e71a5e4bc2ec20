{%- set measures = [] -%}
{%- for stage in lifecycle_stages() -%}
    {%- for count in ['starting', 'entered', 'left', 'converted'] -%}
        {%- do measures.append(stage ~ '_' ~ count ~ '_count') -%}
    {%- endfor -%}
{%- endfor -%}
{{ segments_that_miss_the_total(ref('fct_lifecycle_periods'), measures) }}
