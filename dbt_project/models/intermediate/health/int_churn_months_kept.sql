{{ config(materialized='incremental', incremental_strategy='replace_months', on_schema_change='sync_all_columns') }}
{#- Features of month starts use only what was known then, so they are measured once. -#}
select
    measured.*,
    months.is_settled,
    months.fingerprint
from {{ ref('int_health_snapshots_measured') }} as measured
inner join {{ ref('int_health_months_dated') }} as months
    on measured.as_of_date = months.as_of_date
{% if is_building() and is_incremental() -%}
left join ({{ unchanged_months(this) }}) as unchanged
    on measured.as_of_date = unchanged.as_of_date
where unchanged.as_of_date is null
{%- endif %}
