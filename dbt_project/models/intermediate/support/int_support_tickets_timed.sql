{#-
  A ticket is open until its status says otherwise, whatever was solved before: reopening clears the end. The
  desk's own instant of the end counts, else the one since which the ticket has been closed; that one says
  nothing of how long it took. Seconds of support run from the opening of the business day.
-#}
with told as (
    select
        tickets.source_id, tickets.ticket_id, tickets.user_id, tickets.subject, tickets.status, tickets.priority,
        tickets.ticket_type, tickets.channel, tickets.satisfaction_score, tickets.reopen_count, tickets.created_at,
        case when not customers.is_test then customers.customer_id end as customer_id,
        case when tickets.first_responded_at < {{ as_of() }} then tickets.first_responded_at end as first_responded_at,
        case when tickets.status in ('solved', 'closed') and tickets.solved_at < {{ as_of() }} then tickets.solved_at end as solved_at,
        case
            when tickets.status in ('solved', 'closed') and tickets.solved_at is null
                then case
                    when tickets.updated_at < {{ as_of() }} then greatest(tickets.updated_at, tickets.created_at)
                    else coalesce(tickets.first_responded_at, tickets.created_at)
                end
        end as closed_unsolved_at,
        case
            when users.is_internal then 'internal user'
            when customers.is_test then 'test customer'
            when tickets.created_at < cast('{{ var("calendar_floor_date") }}' as timestamp) then 'before the calendar'
        end as exclusion_reason
    from {{ ref('stg_support__tickets') }} as tickets
    {{ joined_to_user_and_customer('tickets') }}
    where tickets.created_at < {{ as_of() }}
),

dated as (
    select
        *,
        coalesce(solved_at, closed_unsolved_at) as ended_at,
        {{ local_date('created_at') }} as opened_date,
        {{ local_date('first_responded_at') }} as responded_date,
        {{ local_date('solved_at') }} as solved_date
    from told
)

select
    dated.source_id, dated.ticket_id, dated.customer_id, dated.user_id, dated.subject, dated.status, dated.priority,
    dated.ticket_type, dated.channel, dated.satisfaction_score, dated.reopen_count, dated.exclusion_reason,
    dated.created_at, dated.first_responded_at, dated.solved_at, dated.ended_at,
    dated.opened_date, dated.responded_date, dated.solved_date,
    dated.priority in ('high', 'urgent') as is_severe,
    dated.reopen_count > 0 as is_reopened
    {%- for name, instant in {'first_response': 'first_responded', 'resolution': 'solved'}.items() %},
    {#- What ended before it began is a slip of a clock, not a time. #}
    case
        when dated.{{ instant }}_at >= dated.created_at
            then {{ seconds_between('dated.created_at', 'dated.' ~ instant ~ '_at') }}
    end as {{ name }}_seconds,
    case
        when dated.{{ instant }}_at >= dated.created_at
            then
                {{ name }}_day.open_seconds_before - opened_day.open_seconds_before
                + least(greatest({{ seconds_between(name ~ '_day.opens_at', 'dated.' ~ instant ~ '_at') }}, 0), {{ name }}_day.open_seconds)
                - least(greatest({{ seconds_between('opened_day.opens_at', 'dated.created_at') }}, 0), opened_day.open_seconds)
    end as {{ name }}_business_seconds
    {%- endfor %}
from dated
left join {{ ref('int_business_days_timed') }} as opened_day
    on dated.opened_date = opened_day.day
left join {{ ref('int_business_days_timed') }} as first_response_day
    on dated.responded_date = first_response_day.day
left join {{ ref('int_business_days_timed') }} as resolution_day
    on dated.solved_date = resolution_day.day
