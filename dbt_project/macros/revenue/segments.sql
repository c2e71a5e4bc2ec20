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
