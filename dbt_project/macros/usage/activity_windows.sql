{#
  Common table expressions of a model that counts by month and keeps what it counted: `outdated`, the months that it
  has to count anew with their builds, and `windows`: the days of each of these months and the 31 before it (see
  bitmaps.sql) on which every user was active, and every known customer, of whom any user was. One row per notion,
  month and actor.
#}
{% macro activity_windows() %}
outdated as (
    {{ outdated_usage_builds('activity_month', by_user=true) }}
),

windows as (
    select
        months.activity_notion,
        months.activity_month,
        months.customer_id,
        'user' as actor_kind,
        {{ joined_days('months.days_before', 'months.active_days') }} as recent_days,
        months.event_count,
        outdated.build_id
    from {{ ref('int_user_months_attributed') }} as months
    inner join outdated
        on months.activity_month = outdated.activity_month
    union all
    select
        months.activity_notion,
        months.activity_month,
        months.customer_id,
        'customer' as actor_kind,
        bit_or({{ joined_days('months.days_before', 'months.active_days') }}) as recent_days,
        0 as event_count,
        outdated.build_id
    from {{ ref('int_user_months_attributed') }} as months
    inner join outdated
        on months.activity_month = outdated.activity_month
    where months.customer_id is not null
    group by months.activity_notion, months.activity_month, months.customer_id, outdated.build_id
)
{%- endmacro %}
