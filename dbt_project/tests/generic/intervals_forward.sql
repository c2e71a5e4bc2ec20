{# Intervals that end before or when they begin. #}
{% test intervals_forward(model, from_column, to_column) %}
{{ backward_intervals(model, from_column, to_column) }}
{% endtest %}
