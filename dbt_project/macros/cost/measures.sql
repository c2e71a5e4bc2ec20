{# Parts of the cost to carry that are published one by one; what else is configured is in `other`. #}
{% macro carried_categories() %}{{ return(['customer_success', 'support', 'product_development']) }}{% endmacro %}

{% macro published_parts() -%}
    '{{ carried_categories() | join("', '") }}'
{%- endmacro %}

{# Additive measures of what a customer costs and pays, in the order of the marts. #}
{% macro cost_measures() %}
    {%- set measures = ['cost_amount', 'unallocated_cost_amount', 'retention_cost_amount', 'cost_to_carry_amount'] -%}
    {%- for category in carried_categories() + ['other'] -%}
        {%- do measures.append(category ~ '_to_carry_amount') -%}
    {%- endfor -%}
    {{ return(measures + ['cost_of_revenue_amount', 'recurring_revenue_amount', 'costed_revenue_amount']) }}
{% endmacro %}
