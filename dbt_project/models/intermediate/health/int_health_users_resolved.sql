{#- Pointer doubling: n steps resolve chains of up to 2^n merges. -#}
{%- set steps = 5 -%}

with merged as (
    select
        source_id,
        merged_user_id as user_id,
        max_by(surviving_user_id, merged_at) as target_id
    from {{ ref('stg_usage__identity_merges') }}
    where merged_user_id <> surviving_user_id
    group by source_id, merged_user_id
),

step_0 as (
    select * from merged
),
{% for step in range(1, steps + 1) %}
step_{{ step }} as (
    select
        here.source_id,
        here.user_id,
        coalesce(onward.target_id, here.target_id) as target_id
    from step_{{ step - 1 }} as here
    left join step_{{ step - 1 }} as onward
        on here.source_id = onward.source_id and here.target_id = onward.user_id
),
{% endfor %}
users as (
    select
        source_id,
        user_id,
        customer_id,
        is_internal
    from {{ ref('stg_usage__users') }}
),

{# Devices and users that only a merge knows are somebody too. #}
named as (
    select source_id, user_id from users
    union all
    select source_id, user_id from merged
),

pointed as (
    select distinct
        named.source_id,
        named.user_id,
        coalesce(last_step.target_id, named.user_id) as resolved_user_id
    from named
    left join step_{{ steps }} as last_step
        on named.source_id = last_step.source_id and named.user_id = last_step.user_id
)

select
    pointed.source_id,
    pointed.user_id,
    pointed.resolved_user_id,
    coalesce(survivors.customer_id, users.customer_id) as billing_customer_id,
    coalesce(survivors.is_internal, false) or coalesce(users.is_internal, false) as is_internal
from pointed
left join users as survivors
    on pointed.source_id = survivors.source_id and pointed.resolved_user_id = survivors.user_id
left join users
    on pointed.source_id = users.source_id and pointed.user_id = users.user_id
