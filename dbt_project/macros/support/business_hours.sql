{#
  Hours of support as minutes since midnight: [opening, closing] on Mondays to Fridays but holidays, or none
  where support answers round the clock.
#}
{% macro business_hours() %}
    {%- set text = var('support_business_hours') -%}
    {%- if text is none -%}{{ return(none) }}{%- endif -%}
    {%- set found = modules.re.fullmatch('([01]\\d|2[0-3]):([0-5]\\d)-([01]\\d|2[0-4]):([0-5]\\d)', text | string) -%}
    {%- set hours = [0, 0] if not found else [
        found.group(1) | int * 60 + found.group(2) | int, found.group(3) | int * 60 + found.group(4) | int
    ] -%}
    {%- if hours[0] >= hours[1] or hours[1] > 1440 -%}
        {{ exceptions.raise_compiler_error("support_business_hours is '" ~ text ~ "'; use an opening and a later closing time such as '09:00-17:00'") }}
    {%- endif -%}
    {{ return(hours) }}
{% endmacro %}

{# Instant at which the clock of the reporting timezone shows so many minutes after midnight. #}
{% macro local_clock(day, minutes) %}{{ return(adapter.dispatch('local_clock')(day, minutes)) }}{% endmacro %}

{% macro duckdb__local_clock(day, minutes) -%}
    cast(
        ((cast({{ day }} as timestamp) + {{ minutes }} * interval 1 minute) at time zone '{{ var("reporting_timezone") }}')
        at time zone 'UTC' as timestamp
    )
{%- endmacro %}

{% macro spark__local_clock(day, minutes) -%}
    to_utc_timestamp(cast({{ day }} as timestamp) + make_interval(0, 0, 0, 0, 0, {{ minutes }}), '{{ var("reporting_timezone") }}')
{%- endmacro %}

{# Seconds from one instant to another, both cut to whole seconds, so that seconds add up along a line of instants. #}
{% macro seconds_between(from_instant, to_instant) -%}
    {{- return(adapter.dispatch('seconds_between')(from_instant, to_instant)) -}}
{%- endmacro %}

{% macro duckdb__seconds_between(from_instant, to_instant) -%}
    date_diff('second', {{ from_instant }}, {{ to_instant }})
{%- endmacro %}

{% macro spark__seconds_between(from_instant, to_instant) -%}
    (unix_timestamp({{ to_instant }}) - unix_timestamp({{ from_instant }}))
{%- endmacro %}

{# True from Monday to Friday. #}
{% macro is_weekday(day) %}{{ return(adapter.dispatch('is_weekday')(day)) }}{% endmacro %}
{% macro duckdb__is_weekday(day) %}(isodow({{ day }}) <= 5){% endmacro %}
{% macro spark__is_weekday(day) %}(dayofweek({{ day }}) between 2 and 6){% endmacro %}
