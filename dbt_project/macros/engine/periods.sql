{#
  Rows of a relation once for every period of every grain that holds their day.
  The calendar grains are computed from the day; the trailing windows overlap, so they are joined.
#}
{% macro placed_in_periods(relation, day) %}
    {% for grain in calendar_grains() -%}
    select
        '{{ grain }}' as grain,
        {{ period_start(grain, day) }} as period_start,
        {{ relation }}.*
    from {{ relation }}
    union all
    {% endfor -%}
    select
        periods.grain,
        periods.period_start,
        {{ relation }}.*
    from {{ relation }}
    inner join {{ ref('int_periods_spanned') }} as periods
        on
            periods.grain = '{{ trailing_grain() }}'
            and {{ relation }}.{{ day }} >= periods.period_start
            and {{ relation }}.{{ day }} < periods.period_end
{% endmacro %}
