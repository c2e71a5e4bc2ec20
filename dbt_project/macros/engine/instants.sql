{# Instants and days. Every instant is stored in UTC without an offset; no macro reads the clock. #}

{# End, exclusive, of what is measured. #}
{% macro as_of() %}{{ _required_instant('as_of') }}{% endmacro %}

{# Only what was landed at or before this instant is read. #}
{% macro known_at() %}{{ _required_instant('known_at') }}{% endmacro %}

{#
  The environment tells the instants, not a var: dbt parses the whole project anew whenever a var differs
  from the run before, and these differ every night. It is read at execution only, since dbt would also
  parse each file again that read a changed variable while it was parsed. Unit tests override the var.
#}
{% macro _required_instant(name) %}
    {%- set told = var(name, none) or (env_var('TENURE_' ~ name | upper, '') if execute else '') -%}
    {%- if not told and execute and flags.WHICH not in ('parse', 'compile', 'list', 'docs', 'test') -%}
        {{ exceptions.raise_compiler_error("TENURE_" ~ name | upper ~ " is not set: no model reads the clock. Use `tenure run`, or set it to an instant such as 2026-01-01 00:00:00.") }}
    {%- endif -%}
    cast('{{ told or "2026-01-01 00:00:00" }}' as timestamp)
{%- endmacro %}

{# Stands for "no end yet" inside intermediate models, so that intervals compare without NULLs. #}
{% macro forever() %}cast('9999-12-31 00:00:00' as timestamp){% endmacro %}

{# Stands for "as far back as anything is known". #}
{% macro long_ago() %}cast('1900-01-01 00:00:00' as timestamp){% endmacro %}

{# Day of an instant in the reporting timezone; an instant at midnight belongs to the new day. #}
{% macro local_date(instant) %}
    {{- return(adapter.dispatch('local_date')(instant)) -}}
{% endmacro %}

{% macro duckdb__local_date(instant) %}
    {%- if var('reporting_timezone') == 'UTC' -%}
        cast({{ instant }} as date)
    {%- else -%}
        cast((({{ instant }}) at time zone 'UTC') at time zone '{{ var("reporting_timezone") }}' as date)
    {%- endif -%}
{% endmacro %}

{% macro spark__local_date(instant) %}
    cast(from_utc_timestamp({{ instant }}, '{{ var("reporting_timezone") }}') as date)
{%- endmacro %}

{# Instant at which a day begins in the reporting timezone. #}
{% macro local_midnight(day) %}
    {{- return(adapter.dispatch('local_midnight')(day)) -}}
{% endmacro %}

{% macro duckdb__local_midnight(day) %}
    {%- if var('reporting_timezone') == 'UTC' -%}
        cast({{ day }} as timestamp)
    {%- else -%}
        cast((cast({{ day }} as timestamp) at time zone '{{ var("reporting_timezone") }}') at time zone 'UTC' as timestamp)
    {%- endif -%}
{% endmacro %}

{% macro spark__local_midnight(day) %}
    to_utc_timestamp(cast({{ day }} as timestamp), '{{ var("reporting_timezone") }}')
{%- endmacro %}

{# First day whose midnight is at or after an instant: the first opening that sees it. #}
{% macro first_opening(instant) %}
    case
        when {{ local_midnight(local_date(instant)) }} = {{ instant }} then {{ local_date(instant) }}
        else {{ add_days(local_date(instant), 1) }}
    end
{%- endmacro %}

{# The last day of which anything is measured; as_of itself is exclusive. #}
{% macro last_measured_day() %}
    case
        when {{ local_midnight(local_date(as_of())) }} = {{ as_of() }} then {{ add_days(local_date(as_of()), -1) }}
        else {{ local_date(as_of()) }}
    end
{%- endmacro %}
