{# Half-open intervals of one key that neither are the last nor end where the next begins. #}
{% test intervals_without_gap(model, columns, from_column, to_column) %}
{{ broken_intervals(model, columns, from_column, to_column) }}
{% endtest %}
