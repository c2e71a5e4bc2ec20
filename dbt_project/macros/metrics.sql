{#
  Metric definitions are written once, as `meta.metrics` of the mart that holds their parts, and read
  from there by fct_metrics, dim_metrics, the gates and the docs.
#}
{% macro metric_marts() %}
    {{- return([
        'fct_mrr_roll_forward',
        'fct_retention',
        'fct_revenue',
        'fct_nps',
        'fct_satisfaction',
        'fct_support',
        'fct_active_users',
        'fct_user_lifecycle',
        'fct_activity_churn',
        'fct_feature_adoption_breadth',
        'fct_seat_utilisation',
        'fct_cost',
        'fct_lifetime_value',
        'fct_purchases',
        'fct_time_to_value',
        'fct_growth',
        'fct_lifecycle_periods',
        'fct_customer_health',
    ]) -}}
{% endmacro %}

{% macro metrics_of(mart) %}
    {%- if not execute -%}{{ return({}) }}{%- endif -%}
    {%- set node = graph.nodes['model.' ~ project_name ~ '.' ~ mart] -%}
    {%- set metrics = node.config.meta.get('metrics', {}) -%}
    {%- if not metrics -%}
        {{ exceptions.raise_compiler_error(mart ~ ' has no meta.metrics: nothing of it would be published in fct_metrics') }}
    {%- endif -%}
    {{ return(metrics) }}
{% endmacro %}

{% macro text(value) %}
    {%- if value is none -%}cast(null as string){%- else -%}'{{ value | string | replace("'", "''") }}'{%- endif -%}
{% endmacro %}
