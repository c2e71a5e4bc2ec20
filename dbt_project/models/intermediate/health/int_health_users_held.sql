{#- Whose use an actor's is may change with any night: here it is what each snapshot could know of it. -#}
with {{ held_merges('usage_identity_merges', 'user_id') }},

users as (
    {{ held_versions_of('usage_users', ['user_id'], 'updated_at') }}
),

pairs as (
    select source_id, user_id, user_id as other_id from users
    union
    select source_id, user_id, user_id as other_id from followed
    union
    select source_id, user_id, target_id as other_id from followed
),

{# Every day from which something else may be known of somebody. #}
boundaries as (
    select source_id, user_id, {{ always() }} as boundary_date from pairs
    union
    select source_id, user_id, held_from_date as boundary_date from followed
    union
    select source_id, user_id, held_to_date as boundary_date from followed
    {% for edge in ['held_from_date', 'held_to_date'] -%}
    union
    select pairs.source_id, pairs.user_id, users.{{ edge }} as boundary_date
    from pairs
    inner join users on pairs.source_id = users.source_id and pairs.other_id = users.user_id
    {% endfor %}
),

slots as (
    select
        source_id,
        user_id,
        boundary_date as held_from_date,
        lead(boundary_date) over (partition by source_id, user_id order by boundary_date) as held_to_date
    from boundaries
)

select
    slots.source_id,
    slots.user_id,
    coalesce(followed.target_id, slots.user_id) as resolved_user_id,
    coalesce(survivors.customer_id, own.customer_id) as billing_customer_id,
    coalesce(survivors.is_internal, false) or coalesce(own.is_internal, false) as is_internal,
    followed.target_id is not null or own.user_id is not null as is_known,
    slots.held_from_date,
    coalesce(slots.held_to_date, {{ never() }}) as held_to_date
from slots
left join followed
    on
        slots.source_id = followed.source_id
        and slots.user_id = followed.user_id
        and {{ held_on('followed', 'slots.held_from_date') }}
left join users as survivors
    on
        slots.source_id = survivors.source_id
        and followed.target_id = survivors.user_id
        and {{ held_on('survivors', 'slots.held_from_date') }}
left join users as own
    on
        slots.source_id = own.source_id
        and slots.user_id = own.user_id
        and {{ held_on('own', 'slots.held_from_date') }}
where slots.held_from_date < coalesce(slots.held_to_date, {{ never() }})
