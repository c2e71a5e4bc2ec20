{# Half-open intervals of one key that overlap; `to_column` NULL stands for no end. #}
{% test intervals_without_overlap(model, columns, from_column, to_column) %}
{{ overlapping_intervals(model, columns, from_column, to_column) }}
{% endtest %}
