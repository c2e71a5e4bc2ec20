{# Rows that break a rule of half-open intervals; the generic tests of the same matter wrap these. #}

{% macro followed_intervals(model, columns, from_column, to_column) %}
    select
        {{ columns | join(', ') }},
        {{ from_column }},
        {{ to_column }},
        lead({{ from_column }}) over (
            partition by {{ columns | join(', ') }} order by {{ from_column }}, {{ to_column }} nulls last
        ) as next_from
    from {{ model }}
{% endmacro %}

{% macro overlapping_intervals(model, columns, from_column, to_column) %}
    select *
    from ({{ followed_intervals(model, columns, from_column, to_column) }}) as followed
    where next_from is not null and ({{ to_column }} is null or next_from < {{ to_column }})
{% endmacro %}

{% macro broken_intervals(model, columns, from_column, to_column) %}
    select *
    from ({{ followed_intervals(model, columns, from_column, to_column) }}) as followed
    where next_from is not null and {{ to_column }} is distinct from next_from
{% endmacro %}

{% macro backward_intervals(model, from_column, to_column) %}
    select *
    from {{ model }}
    where {{ to_column }} <= {{ from_column }} or {{ from_column }} is null
{% endmacro %}
