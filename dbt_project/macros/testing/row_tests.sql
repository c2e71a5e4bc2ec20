{# Rows that break a rule of keys or values; the generic tests of the same matter wrap these. #}

{% macro repeated_keys(model, columns) %}
    select
        {{ columns | join(', ') }},
        count(*) as rows_count
    from {{ model }}
    group by {{ columns | join(', ') }}
    having count(*) > 1
{% endmacro %}

{% macro values_below(model, column_name, bound) %}
    select {{ column_name }}
    from {{ model }}
    where {{ column_name }} < {{ bound }}
{% endmacro %}
