{#
  Rows of a relation once for every period of every grain that holds their day.
  The calendar grains are computed from the day; the trailing windows overlap, so they are joined.

  grains: calendar grains to place in; trailing: windows to place in besides, of billing's own time only
  where billed is told.
#}
{% macro placed_in_periods(relation, day, trailing=['trailing_12_months'], grains=none, billed=false) %}
    {% for grain in (grains or calendar_grains()) -%}
    select
        '{{ grain }}' as grain,
        {{ period_start(grain, day) }} as period_start,
        {{ relation }}.*
    from {{ relation }}
    {% if not loop.last or trailing %}union all{% endif %}
    {% endfor -%}
    {% if trailing -%}
    select
        periods.grain,
        periods.period_start,
        {{ relation }}.*
    from {{ relation }}
    inner join {{ ref('int_periods_spanned') }} as periods
        on
            periods.grain in ('{{ trailing | join("', '") }}')
            {%- if billed %}
            and periods.is_billed
            {%- endif %}
            and {{ relation }}.{{ day }} >= periods.period_start
            and {{ relation }}.{{ day }} < periods.period_end
    {%- endif %}
{% endmacro %}

{# First day after the period of a grain that starts on a day; both are columns. #}
{% macro period_end(grain, start) -%}
    case {{ grain }}
        {% for name in calendar_grains() + trailing_grains() -%}
        when '{{ name }}' then {{ next_period_start(name, start) }}
        {% endfor %}
    end
{%- endmacro %}

{#
  Common table expressions that make summed rows dense: every period since a relation's first one, for
  every segment value that it has, with 0 where nothing happened. Columns: grain, period_start, period_end,
  is_complete, segment_name, segment_value, the keys and the measures.

  summed: a relation of grain, period_start, segment_name, segment_value, the keys and the measures.
  keys: columns that every period has for each of their values, such as activity_notion.
#}
{% macro over_every_period(summed, measures, keys=[]) %}
    select
        periods.grain,
        periods.period_start,
        periods.period_end,
        periods.is_complete,
        segment_values.segment_name,
        segment_values.segment_value
        {%- for key in keys %},
        segment_values.{{ key }}
        {%- endfor %}
        {%- for measure in measures %},
        coalesce({{ summed }}.{{ measure }}, 0) as {{ measure }}
        {%- endfor %}
    from {{ ref('int_periods_spanned') }} as periods
    inner join (
        select grain, min(period_start) as first_start from {{ summed }} group by grain
    ) as beginnings
        on periods.grain = beginnings.grain and periods.period_start >= beginnings.first_start
    inner join (
        select distinct {{ (['segment_name', 'segment_value'] + keys) | join(', ') }} from {{ summed }}
    ) as segment_values
        on segment_values.segment_name = 'all' or periods.grain in ({{ segment_grains() }})
    left join {{ summed }}
        on
            periods.grain = {{ summed }}.grain
            and periods.period_start = {{ summed }}.period_start
            and segment_values.segment_name = {{ summed }}.segment_name
            and segment_values.segment_value = {{ summed }}.segment_value
            {%- for key in keys %}
            and segment_values.{{ key }} = {{ summed }}.{{ key }}
            {%- endfor %}
{% endmacro %}
