{#
  Divide two exact numbers and round half away from zero to ten digits; NULL when the divisor is 0.
  Engines turn the quotient of decimals into a double or cut its scale, so each has its own way.
  numerator, divisor: expressions of up to ten digits after the point.
#}
{% macro exact_divide(numerator, divisor) %}
    {{- return(adapter.dispatch('exact_divide')(numerator, divisor)) -}}
{% endmacro %}

{#
  DuckDB divides whole numbers of 128 bits exactly, but bit by bit: 3 to 5 microseconds a row. A double is at most
  one unit of the tenth digit off while the quotient is below 100,000, and what is left of the numerator says
  whether it is; that takes 0.7 microseconds. The rest is long division.
#}
{% macro duckdb__exact_divide(numerator, divisor) %}
    {%- set n -%} cast({{ numerator }} as decimal(38, 10)) {%- endset -%}
    {%- set d -%} cast({{ divisor }} as decimal(38, 10)) {%- endset -%}
    {%- set limit -%} cast('100000000000000000' as decimal(38, 10)) {%- endset -%}
    {%- set quotient -%} abs(cast({{ n }} as double) / cast({{ d }} as double)) {%- endset -%}
    {%- set estimate -%} cast({{ quotient }} as decimal(38, 10)) {%- endset -%}
    {%- set twice_left -%} 2 * (abs({{ n }}) - {{ estimate }} * abs({{ d }})) {%- endset -%}
    {%- set unit -%} cast('0.0000000001' as decimal(10, 10)) {%- endset -%}
    case
        when {{ d }} = 0 then null
        when abs({{ n }}) < {{ limit }} and abs({{ d }}) < {{ limit }} and {{ quotient }} < 100000
            then case when ({{ n }} < 0) <> ({{ d }} < 0) then -1 else 1 end * (
                {{ estimate }} + case
                    when {{ twice_left }} >= {{ unit }} * abs({{ d }}) then {{ unit }}
                    when {{ twice_left }} < -{{ unit }} * abs({{ d }}) then -{{ unit }}
                    else 0
                end
            )
        else {{ long_division_in_duckdb(n, d) }}
    end
{%- endmacro %}

{% macro long_division_in_duckdb(numerator, divisor) %}
    {%- set n -%} cast({{ numerator }} * 10000000000 as hugeint) {%- endset -%}
    {%- set d -%} cast({{ divisor }} * 10000000000 as hugeint) {%- endset -%}
    cast(
        cast(
            sign({{ n }}) * sign({{ d }})
            * ((2 * abs({{ n }}) * 10000000000 + abs({{ d }})) // (2 * abs({{ d }})))
            as decimal(38, 0)
        ) * cast('0.0000000001' as decimal(10, 10))
        as decimal(38, 10)
    )
{%- endmacro %}

{% macro spark__exact_divide(numerator, divisor) %}
    cast(
        cast({{ numerator }} as decimal(27, 10))
        / nullif(cast({{ divisor }} as decimal(27, 10)), 0)
        as decimal(38, 10)
    )
{%- endmacro %}
