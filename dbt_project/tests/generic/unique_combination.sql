{# Rows of a table that share their key with another row. #}
{% test unique_combination(model, columns) %}
{{ repeated_keys(model, columns) }}
{% endtest %}
