{#
  Rows of a table that Python scored, up to the run's as_of; none where nothing has been scored yet, as in a
  company's very first build.

  columns: what is read, by name, with its type.
#}
{% macro scores_of(table, columns) %}
    {%- set relation = source('scores', table) %}
    {%- set is_there = has_scores(table) %}
    select
        {%- for name, type in columns.items() %}
        cast({{ name if is_there else 'null' }} as {{ type }}) as {{ name }}
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    {% if is_there -%}
    from {{ relation }}
    where as_of_date <= {{ local_date(as_of()) }}
    {%- else -%}
    where false
    {%- endif %}
{% endmacro %}

{# Some text where a table of scores is there, else none. #}
{% macro has_scores(table) -%}
    {%- if is_building() and load_relation(source('scores', table)) is not none -%}yes{%- endif -%}
{%- endmacro %}

{# Days over which the at-risk list, migrations and outcomes look; the longer horizon of the probability. #}
{% macro risk_horizon_days() %}90{% endmacro %}
