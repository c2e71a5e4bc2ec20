{{ config(
    materialized='incremental', incremental_strategy='replace_outdated', unique_key='activity_year',
    on_schema_change='sync_all_columns'
) }}
{#-
  Months of a year as bits, bit 0 January. Whatever asks who there is, since when and in which months reads these few
  rows; a year is rebuilt with its months.
-#}
{%- set within = within_outdated('activity_year', 'activity_month', as_day=true) -%}
with outdated as (
    {{ outdated_usage_builds('activity_year') }}
),

years as (
    select
        source_id,
        actor_id,
        is_user,
        customer_id,
        activity_notion,
        {{ period_start('year', 'activity_month') }} as activity_year,
        bit_or({{ shifted_left(1, 'month(activity_month) - 1') }}) as active_months,
        min({{ add_days('activity_month', first_place('active_days')) }}) as first_date
    from {{ ref('int_user_months_marked') }}
    {% if within -%}
    where {{ within[0] }}
    {% endif -%}
    group by source_id, actor_id, is_user, customer_id, activity_notion, {{ period_start('year', 'activity_month') }}
)

select
    years.source_id,
    years.actor_id,
    years.is_user,
    years.customer_id,
    years.activity_notion,
    years.activity_year,
    years.active_months,
    years.first_date,
    outdated.build_id
from years
inner join outdated
    on years.activity_year = outdated.activity_year
order by years.activity_year
