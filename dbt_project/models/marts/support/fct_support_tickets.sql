select
    source_id,
    ticket_id,
    customer_id,
    user_id,
    subject,
    status,
    priority,
    ticket_type,
    channel,
    satisfaction_score,
    created_at,
    first_responded_at,
    solved_at,
    opened_date,
    responded_date,
    solved_date,
    ended_at is null as is_open,
    is_severe,
    is_reopened,
    cast(reopen_count as bigint) as reopen_count,
    {% for name in ticket_times() -%}
    {{ exact_divide(name ~ '_seconds', '60') }} as {{ name }}_minutes,
    {{ exact_divide(name ~ '_business_seconds', '60') }} as {{ name }}_business_minutes,
    {% endfor -%}
    exclusion_reason is null as is_counted,
    exclusion_reason
from {{ ref('int_support_tickets_timed') }}
