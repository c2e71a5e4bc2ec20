{#
  Days of a month as bits of a whole number: bit 0 is its first day. The 31 days before a month and its own 31
  fit one bigint: bits 0 to 30 are the days before, bit 30 the last of them, and bit 31 is the first of the month.
#}
{% macro shifted_left(bits, places) %}{{ return(adapter.dispatch('shifted_left')(bits, places)) }}{% endmacro %}
{% macro duckdb__shifted_left(bits, places) %}(cast({{ bits }} as bigint) << cast({{ places }} as int)){% endmacro %}
{% macro spark__shifted_left(bits, places) %}shiftleft(cast({{ bits }} as bigint), cast({{ places }} as int)){% endmacro %}

{% macro shifted_right(bits, places) %}{{ return(adapter.dispatch('shifted_right')(bits, places)) }}{% endmacro %}
{% macro duckdb__shifted_right(bits, places) %}(cast({{ bits }} as bigint) >> cast({{ places }} as int)){% endmacro %}
{% macro spark__shifted_right(bits, places) %}shiftright(cast({{ bits }} as bigint), cast({{ places }} as int)){% endmacro %}

{# A month and the 31 days before it as one number. #}
{% macro joined_days(days_before, active_days) %}({{ days_before }} | {{ shifted_left(active_days, 31) }}){% endmacro %}

{# Those of the `window` days up to and with the one at place `last` that are set, as the lowest bits. #}
{% macro days_up_to(bits, last, window) %}({{ shifted_right(bits, last ~ ' - ' ~ (window - 1)) }} & {{ 2 ** window - 1 }}){% endmacro %}

{# Place of the first bit that is set. #}
{% macro first_place(bits) %}bit_count(({{ bits }} & -{{ bits }}) - 1){% endmacro %}

{# Days of the trailing month of active users: four whole weeks, or 30 days. #}
{% macro trailing_active_days() %}
    {%- set days = var('trailing_active_days') | int -%}
    {%- if days not in (28, 30) -%}
        {{ exceptions.raise_compiler_error("trailing_active_days is " ~ days ~ "; use 28 or 30") }}
    {%- endif -%}
    {{ return(days) }}
{% endmacro %}
