{# Whole days of 24 hours that have passed between two instants; of an earlier second instant, a negative count. #}
{% macro elapsed_days(from_instant, to_instant) %}
    {%- set days = days_between('cast(' ~ from_instant ~ ' as date)', 'cast(' ~ to_instant ~ ' as date)') -%}
    cast(
        {{ days }}
        - case when {{ add_days_to_instant(from_instant, days) }} > {{ to_instant }} then 1 else 0 end
        as bigint
    )
{%- endmacro %}

{# Windows after the start in which the share of customers with first value is published, in days. #}
{% macro value_windows() %}{{ return([7, 30, 90]) }}{% endmacro %}

{# What is summed of the customers of a cohort, with two counts for each of these windows. #}
{% macro time_to_value_measures(windows) %}
    {%- set measures = [
        'started_count', 'observed_count', 'valued_count', 'left_count', 'value_before_start_count', 'set_up_count',
        'completion_measured_count', 'feedback_count', 'feedback_sum', 'tutorial_visits_count'
    ] -%}
    {%- for days in windows -%}
        {%- do measures.append('passed_' ~ days ~ '_count') -%}
        {%- do measures.append('within_' ~ days ~ '_count') -%}
    {%- endfor -%}
    {{ return(measures) }}
{% endmacro %}
