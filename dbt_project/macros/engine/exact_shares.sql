{#
  Whole part and remainder of total * weight / weight_sum, exact and never rounded: the remainders of rows
  with the same weight_sum compare as they are.

  total: a whole number; weight, weight_sum: up to ten digits after the point. Exact while total and weight
  are below 10^14 (`largest_amount_minor`): their product, counted in 10^-10, has 38 digits.
#}
{% macro whole_share(total, weight, weight_sum) %}
    {{- return(adapter.dispatch('whole_share')(total, weight, weight_sum)) -}}
{% endmacro %}

{% macro share_remainder(total, weight, weight_sum) %}
    {{- return(adapter.dispatch('share_remainder')(total, weight, weight_sum)) -}}
{% endmacro %}

{% macro duckdb__whole_share(total, weight, weight_sum) -%}
    cast({{ duckdb__weighted(total, weight) }} // {{ duckdb__counted(weight_sum) }} as decimal(38, 0))
{%- endmacro %}

{% macro duckdb__share_remainder(total, weight, weight_sum) -%}
    ({{ duckdb__weighted(total, weight) }} % {{ duckdb__counted(weight_sum) }})
{%- endmacro %}

{# Decimals divide as doubles here, whole numbers of 128 bits don't. #}
{% macro duckdb__counted(amount) -%}
    nullif(cast({{ amount }} * 10000000000 as hugeint), 0)
{%- endmacro %}

{% macro duckdb__weighted(total, weight) -%}
    (cast({{ total }} as hugeint) * cast({{ weight }} * 10000000000 as hugeint))
{%- endmacro %}

{# Spark cuts the scale of a quotient, but not where the division leaves nothing over. #}
{% macro spark__whole_share(total, weight, weight_sum) -%}
    cast(
        ({{ spark__weighted(total, weight) }} - {{ spark__share_remainder(total, weight, weight_sum) }})
        / {{ spark__counted(weight_sum) }}
        as decimal(38, 0)
    )
{%- endmacro %}

{% macro spark__share_remainder(total, weight, weight_sum) -%}
    ({{ spark__weighted(total, weight) }} % {{ spark__counted(weight_sum) }})
{%- endmacro %}

{% macro spark__counted(amount) -%}
    nullif(cast({{ amount }} * 10000000000 as decimal(38, 0)), 0)
{%- endmacro %}

{% macro spark__weighted(total, weight) -%}
    (cast({{ total }} as decimal(14, 0)) * cast({{ weight }} * 10000000000 as decimal(24, 0)))
{%- endmacro %}
