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

{#
  What each score said of a customer at each snapshot, a row for each that gave it a band. Only a probability says
  how many departures to expect.
#}
{% macro score_bands() %}
    {%- for kind, band in [('health_score', 'health_band'), ('churn_probability', 'churn_band')] %}
    select
        '{{ kind }}' as score_kind,
        customer_id,
        as_of_date,
        {{ band }} as band,
        {{ 'churn_probability' if kind == 'churn_probability' else 'cast(null as double)' }} as expected_departures,
        mrr_amount
    from {{ ref('int_customer_risks_joined') }}
    where {{ band }} is not null
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
{% endmacro %}
