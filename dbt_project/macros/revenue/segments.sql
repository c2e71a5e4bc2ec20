{# Segments by which every aggregate is published beside the total. #}
{% macro segment_names() %}
    {{- return([
        'plan', 'billing_interval', 'industry', 'country', 'company_size', 'acquisition_channel',
        'signup_cohort', 'csm'
    ]) -}}
{% endmacro %}

{# Value of a segment where nothing is known. #}
{% macro no_segment() %}(none){% endmacro %}

{# Size band of a company by its number of employees. #}
{% macro company_size_band(employees) %}
    case
        when {{ employees }} is null then null
        when {{ employees }} < 10 then '1-9'
        when {{ employees }} < 50 then '10-49'
        when {{ employees }} < 250 then '50-249'
        when {{ employees }} < 1000 then '250-999'
        else '1000+'
    end
{%- endmacro %}

{#
  Opening at which a balance's segments are taken in a period: the period's own when the balance was
  there already, so that what moves leaves the segment that it opened in; else the first one after it
  began.
#}
{% macro segment_opening(balance_before, first_date, period_start) %}
    case
        when {{ balance_before }} > 0 or {{ first_date }} is null then {{ period_start }}
        else {{ add_days(first_date, 1) }}
    end
{%- endmacro %}
