{# What is summed of the tickets of a period. #}
{% macro ticket_measures() %}
    {{- return([
        'opened_count', 'severe_opened_count', 'responded_count', 'solved_count', 'reopened_solved_count',
        'timed_response_count', 'first_response_seconds', 'first_response_business_seconds',
        'timed_resolution_count', 'resolution_seconds', 'resolution_business_seconds', 'backlog_count'
    ]) -}}
{% endmacro %}

{# What is timed of a ticket, with the day on which it ends. #}
{% macro ticket_times() %}
    {{- return({'first_response': 'responded_date', 'resolution': 'solved_date'}) -}}
{% endmacro %}
