{# Calendar arithmetic. Months are added to the anchor and clamped to the month's end, never chained. #}

{% macro add_days(day, count) %}{{ return(adapter.dispatch('add_days')(day, count)) }}{% endmacro %}
{% macro duckdb__add_days(day, count) %}cast({{ day }} + {{ count }} * interval 1 day as date){% endmacro %}
{% macro spark__add_days(day, count) %}date_add({{ day }}, {{ count }}){% endmacro %}

{% macro add_days_to_instant(instant, count) %}{{ return(adapter.dispatch('add_days_to_instant')(instant, count)) }}{% endmacro %}
{% macro duckdb__add_days_to_instant(instant, count) %}({{ instant }} + {{ count }} * interval 1 day){% endmacro %}
{% macro spark__add_days_to_instant(instant, count) %}({{ instant }} + make_interval(0, 0, 0, {{ count }})){% endmacro %}

{% macro add_months(day, count) %}{{ return(adapter.dispatch('add_months')(day, count)) }}{% endmacro %}
{% macro duckdb__add_months(day, count) %}cast({{ day }} + ({{ count }}) * interval 1 month as date){% endmacro %}
{% macro spark__add_months(day, count) %}add_months({{ day }}, {{ count }}){% endmacro %}

{% macro add_months_to_instant(instant, count) %}{{ return(adapter.dispatch('add_months_to_instant')(instant, count)) }}{% endmacro %}
{% macro duckdb__add_months_to_instant(instant, count) %}({{ instant }} + ({{ count }}) * interval 1 month){% endmacro %}
{% macro spark__add_months_to_instant(instant, count) %}({{ instant }} + make_interval(0, {{ count }})){% endmacro %}

{# Whole days from one day to another. #}
{% macro days_between(from_day, to_day) %}{{ return(adapter.dispatch('days_between')(from_day, to_day)) }}{% endmacro %}
{% macro duckdb__days_between(from_day, to_day) %}date_diff('day', {{ from_day }}, {{ to_day }}){% endmacro %}
{% macro spark__days_between(from_day, to_day) %}datediff({{ to_day }}, {{ from_day }}){% endmacro %}

{# Calendar months from the month of one day to the month of another. #}
{% macro months_between(from_day, to_day) %}
    ((year({{ to_day }}) - year({{ from_day }})) * 12 + month({{ to_day }}) - month({{ from_day }}))
{%- endmacro %}

{#
  How many whole months lie between two days, or NULL. Either day may have been clamped to the end of its
  month: 31 January to 28 February and 28 February to 31 March are a month each.
#}
{% macro whole_months(from_day, to_day) %}
    case
        when {{ months_between(from_day, to_day) }} >= 1 and (
            day({{ from_day }}) = day({{ to_day }})
            or (day({{ from_day }}) < day({{ to_day }}) and {{ from_day }} = last_day({{ from_day }}))
            or (day({{ from_day }}) > day({{ to_day }}) and {{ to_day }} = last_day({{ to_day }}))
        ) then {{ months_between(from_day, to_day) }}
    end
{%- endmacro %}

{# The grains that tile the calendar, and the windows that slide by a month. #}
{% macro calendar_grains() %}{{ return(['day', 'week', 'month', 'quarter', 'half_year', 'year']) }}{% endmacro %}
{% macro trailing_grain() %}trailing_12_months{% endmacro %}
{% macro trailing_grains() %}{{ return([trailing_grain(), 'trailing_90_days']) }}{% endmacro %}

{# First day of the period of a grain that holds a day. #}
{% macro period_start(grain, day) %}
    {%- if grain == 'day' -%}
        {{ day }}
    {%- elif grain == 'week' -%}
        {{ week_start(day) }}
    {%- elif grain == 'half_year' -%}
        case
            when month({{ day }}) <= 6 then cast(date_trunc('year', {{ day }}) as date)
            else {{ add_months("cast(date_trunc('year', " ~ day ~ ") as date)", 6) }}
        end
    {%- else -%}
        cast(date_trunc('{{ grain }}', {{ day }}) as date)
    {%- endif -%}
{% endmacro %}

{# date_trunc('week') is an ISO Monday on both engines; other starts shift the day there and back. #}
{% macro week_start(day) %}
    {%- set starts = {'monday': 0, 'tuesday': 1, 'wednesday': 2, 'thursday': 3, 'friday': 4, 'saturday': 5, 'sunday': 6} -%}
    {%- set name = var('week_starts_on') -%}
    {%- if name not in starts -%}
        {{ exceptions.raise_compiler_error("week_starts_on is '" ~ name ~ "'; use one of " ~ starts.keys() | join(', ')) }}
    {%- elif starts[name] == 0 -%}
        cast(date_trunc('week', {{ day }}) as date)
    {%- else -%}
        {{ add_days("cast(date_trunc('week', " ~ add_days(day, -starts[name]) ~ ") as date)", starts[name]) }}
    {%- endif -%}
{% endmacro %}

{# First day of the period that follows the one starting on `start`. #}
{% macro next_period_start(grain, start) %}
    {%- if grain == 'day' -%} {{ add_days(start, 1) }}
    {%- elif grain == 'week' -%} {{ add_days(start, 7) }}
    {%- elif grain == 'trailing_90_days' -%} {{ add_days(start, 90) }}
    {%- else -%} {{ add_months(start, {'month': 1, 'quarter': 3, 'half_year': 6, 'year': 12, 'trailing_12_months': 12}[grain]) }}
    {%- endif -%}
{% endmacro %}

{# Every day from one to another, both included, as rows of column `name`. #}
{% macro days(from_day, to_day, name) %}{{ return(adapter.dispatch('days')(from_day, to_day, name)) }}{% endmacro %}
{% macro duckdb__days(from_day, to_day, name) %}
    select cast(unnest(generate_series(cast({{ from_day }} as timestamp), cast({{ to_day }} as timestamp), interval 1 day)) as date) as {{ name }}
{% endmacro %}
{% macro spark__days(from_day, to_day, name) %}
    select explode(sequence({{ from_day }}, {{ to_day }}, interval 1 day)) as {{ name }}
{% endmacro %}
