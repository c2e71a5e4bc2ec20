{#
  Common table expression `windows`: the days of each month and the 31 before it (see bitmaps.sql) on which
  every user was active, and every known customer, of whom any user was. One row per notion, month and actor.
#}
{% macro activity_windows() %}
windows as (
    select
        activity_notion,
        activity_month,
        customer_id,
        'user' as actor_kind,
        {{ joined_days('days_before', 'active_days') }} as recent_days
    from {{ ref('int_user_months_attributed') }}
    union all
    select
        activity_notion,
        activity_month,
        customer_id,
        'customer' as actor_kind,
        bit_or({{ joined_days('days_before', 'active_days') }}) as recent_days
    from {{ ref('int_user_months_attributed') }}
    where customer_id is not null
    group by activity_notion, activity_month, customer_id
)
{%- endmacro %}
