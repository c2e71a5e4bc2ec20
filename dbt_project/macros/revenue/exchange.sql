{# Key of a rate that holds for good, for what began while it was in force; `since` is NULL where none was. #}
{% macro rate_key_at_start(currency_code, since) -%}
    {{ currency_code }} || ' of ' || coalesce(cast(cast({{ since }} as date) as string), 'no rate')
{%- endmacro %}
