{#
  Days that a customer stays: what policy says, else a month over its logo churn rate. NULL where nobody left.

  starting, lost: customers at the starts of some months and those lost in them.
#}
{% macro lifespan_days(starting, lost) %}
    {%- set months = var('customer_lifespan_months') -%}
    {%- if months is none -%}
        {{ exact_divide('365 * ' ~ starting, '12 * ' ~ lost) }}
    {%- else -%}
        {{ exact_divide("365 * cast('" ~ months ~ "' as decimal(18, 10))", '12') }}
    {%- endif -%}
{% endmacro %}

{# Whole months since a first day that were over before a day began; one that ends on the day is not. #}
{% macro months_over(since, day) -%}
    greatest({{ months_between(since, day) }} - case when day({{ day }}) <= day({{ since }}) then 1 else 0 end, 0)
{%- endmacro %}
