with {{ resolved_merges(ref('stg_usage__identity_merges'), 'user_id') }},

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
        coalesce(resolved.target_id, named.user_id) as resolved_user_id
    from named
    left join resolved
        on named.source_id = resolved.source_id and named.user_id = resolved.user_id
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
