{#
  Features of month starts are kept from night to night. A month is made anew while loads of its own night may
  still come, and when what it is made of changed: then it is what a build from nothing makes of it.
#}

{# The table that keeps them, where this run may carry it on: it comes after the models that ask. #}
{% macro kept_months() %}
    {%- if not is_building() or should_full_refresh() -%}{{ return(none) }}{%- endif -%}
    {{ return(adapter.get_relation(this.database, this.schema, 'int_churn_months_kept')) }}
{% endmacro %}

{# Months of a relation that hold what a build from nothing would make. #}
{% macro unchanged_months(relation) %}
    select distinct kept.as_of_date
    from {{ relation }} as kept
    inner join {{ ref('int_health_months_dated') }} as months
        on kept.as_of_date = months.as_of_date and kept.fingerprint = months.fingerprint
    where kept.is_settled
{% endmacro %}

{#
  What else than rows shapes the features: the code of models, the seeds, the policies. Raise the number when a
  macro of this folder changes what is measured.
#}
{% macro health_fingerprint() %}
    {%- if not execute -%}{{ return('') }}{%- endif -%}
    {%- set parts = ['2'] -%}
    {%- for name in [
        'reporting_timezone', 'reporting_currency', 'health_core_feature_reach_rate', 'cancellation_notice_days',
        'calendar_floor_date'
    ] -%}
        {%- do parts.append(var(name) | string) -%}
    {%- endfor -%}
    {%- for id, node in graph.nodes.items() | sort(attribute='0') -%}
        {%- if node.resource_type == 'seed' or (node.resource_type == 'model' and node.name.startswith('int_health_')) -%}
            {%- do parts.append(node.name ~ ' ' ~ node.checksum.checksum) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(local_md5(parts | join(' '))) }}
{% endmacro %}

{# Incremental strategy of the kept months. #}
{% macro get_incremental_replace_months_sql(arg_dict) %}
    {%- set columns = get_quoted_csv(arg_dict['dest_columns'] | map(attribute='name')) -%}
    delete from {{ arg_dict['target_relation'] }}
    where as_of_date not in (select as_of_date from ({{ unchanged_months(arg_dict['target_relation']) }}) as unchanged);
    insert into {{ arg_dict['target_relation'] }} ({{ columns }})
    select {{ columns }} from {{ arg_dict['temp_relation'] }}
{% endmacro %}

{# A number of a row that sums exactly, so that a sum over rows tells their set whatever their order. #}
{% macro summed_hash(columns) -%}
    cast({{ row_hash(columns) }} as decimal(38, 0))
{%- endmacro %}
