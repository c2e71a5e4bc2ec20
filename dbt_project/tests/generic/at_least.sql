{# Values below a bound; NULL is not below anything. #}
{% test at_least(model, column_name, bound) %}
{{ values_below(model, column_name, bound) }}
{% endtest %}
