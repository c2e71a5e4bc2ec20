with users as (
    {{ current_of('usage_users', key=['user_id'], effective_at='updated_at') }}
)

select
    source_id,
    user_id,
    customer_id,
    email,
    user_name,
    role_name,
    coalesce(is_internal, false) as is_internal,
    created_at,
    deactivated_at
from users
