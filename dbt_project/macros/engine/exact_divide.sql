{#
  Divide two exact numbers and round half away from zero to ten digits; NULL when the divisor is 0.
  Engines turn the quotient of decimals into a double or cut its scale, so each has its own way.
  numerator, divisor: expressions of up to ten digits after the point.
#}
{% macro exact_divide(numerator, divisor) %}
    {{- return(adapter.dispatch('exact_divide')(numerator, divisor)) -}}
{% endmacro %}

{% macro duckdb__exact_divide(numerator, divisor) %}
    {%- set n -%} cast(cast({{ numerator }} as decimal(38, 10)) * 10000000000 as hugeint) {%- endset -%}
    {%- set d -%} cast(cast({{ divisor }} as decimal(38, 10)) * 10000000000 as hugeint) {%- endset -%}
    case
        when {{ d }} <> 0
            then cast(
                cast(
                    sign({{ n }}) * sign({{ d }})
                    * ((2 * abs({{ n }}) * 10000000000 + abs({{ d }})) // (2 * abs({{ d }})))
                    as decimal(38, 0)
                ) * cast('0.0000000001' as decimal(10, 10))
                as decimal(38, 10)
            )
    end
{%- endmacro %}

{% macro spark__exact_divide(numerator, divisor) %}
    cast(
        cast({{ numerator }} as decimal(27, 10))
        / nullif(cast({{ divisor }} as decimal(27, 10)), 0)
        as decimal(38, 10)
    )
{%- endmacro %}
