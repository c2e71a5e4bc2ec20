{# Stages of a customer's life in their order (metrics.md, section 11). #}
{% macro lifecycle_stages() %}
    {{- return([
        'awareness', 'acquisition', 'onboarding', 'implementation', 'early_adoption', 'growth', 'retention', 'churn'
    ]) -}}
{% endmacro %}

{# Place of a stage in that order, from 1. #}
{% macro stage_rank(stage_name) -%}
    case {{ stage_name }}
        {% for stage in lifecycle_stages() -%}
        when '{{ stage }}' then {{ loop.index }}
        {% endfor %}
    end
{%- endmacro %}

{#
  Whether a stage led on to the next one: further in the order, from retention into growth again, and from churn
  into anything. Growth turns into retention by the mere passing of time, so it leads on to nothing.
#}
{% macro is_conversion(stage_name, next_stage_name) -%}
    coalesce(
        case {{ stage_name }}
            when 'growth' then false
            when 'retention' then {{ next_stage_name }} = 'growth'
            when 'churn' then {{ next_stage_name }} is not null
            else {{ next_stage_name }} <> 'churn' and {{ stage_rank(next_stage_name) }} > {{ stage_rank(stage_name) }}
        end,
        false
    )
{%- endmacro %}

{# Stages of which a rate of conversion is published. #}
{% macro converting_stages() %}
    {{- return(lifecycle_stages() | reject('equalto', 'growth') | list) -}}
{% endmacro %}

{# Stages that only a domain tells of which a company may not have: without it they say nothing, and not 0. #}
{% macro optional_stages() %}
    {{- return(['awareness', 'acquisition', 'onboarding', 'implementation', 'early_adoption']) -}}
{% endmacro %}

{# The thresholds of the seed as one row. #}
{% macro lifecycle_thresholds() %}
    select
        max(case when threshold_name = 'adoption_level' then measure_name end) as adoption_measure,
        max(case when threshold_name = 'adoption_level' then threshold_value end) as adoption_level,
        max(case when threshold_name = 'mrr_expansion' then threshold_value end) as mrr_expansion_rate,
        max(case when threshold_name = 'active_user_expansion' then threshold_value end) as user_expansion_rate
        {%- for name in ['adoption_hold', 'expansion_look_back', 'domain_look_back'] %},
        cast(max(case when threshold_name = '{{ name }}' then threshold_value end) as int) as {{ name }}_days
        {%- endfor %}
    from {{ ref('lifecycle_thresholds') }}
{% endmacro %}
