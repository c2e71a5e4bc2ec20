with tickets as (
    {{ current_of('support_tickets', key=['ticket_id'], effective_at='updated_at') }}
)

select
    source_id,
    ticket_id,
    customer_id,
    user_id,
    subject,
    status,
    coalesce(priority, 'normal') as priority,
    ticket_type,
    channel,
    satisfaction_score,
    coalesce(reopen_count, 0) as reopen_count,
    created_at,
    first_responded_at,
    solved_at,
    valid_from_at as updated_at
from tickets
