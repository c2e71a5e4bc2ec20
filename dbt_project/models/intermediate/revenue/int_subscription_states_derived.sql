{#- States of a subscription over time: trial, paying, paused; times in no state are left out. -#}
with stated as (
    select
        versions.*,
        statuses.state,
        case
            when versions.status = 'trialing'
                then least(versions.valid_to_at, coalesce(versions.trial_end_at, {{ forever() }}))
            else versions.valid_to_at
        end as to_at,
        {{ add_days_to_instant('versions.status_since_at', var('past_due_grace_days')) }} as grace_ends_at,
        coalesce(
            versions.cancel_at,
            case when versions.is_cancel_at_period_end then versions.current_period_end_at end
        ) as scheduled_end_at
    from {{ ref('int_subscription_versions_dated') }} as versions
    inner join {{ ref('subscription_statuses') }} as statuses
        on versions.status = statuses.status
    where statuses.state <> 'none' and not versions.is_deleted
),

{# Past due counts until the grace period has passed. #}
graced as (
    select
        *,
        case
            when status = 'past_due' then least(to_at, grace_ends_at)
            else to_at
        end as state_to_at,
        case
            when status = 'past_due' and grace_ends_at < to_at then 'payment_failure'
            when cut_at = to_at then cut_reason
            when status = 'past_due' and next_status = 'past_due' and grace_ends_at = to_at then 'payment_failure'
            when next_status = 'unpaid' then 'unpaid'
            {%- if var('past_due_grace_days') | int == 0 %}
            when next_status = 'past_due' then 'payment_failure'
            {%- endif %}
        end as end_reason
    from stated
),

{# Collection that is paused makes the state paused until it resumes by itself. #}
{%- set kept = 'source_id, subscription_id, customer_id, version_number, scheduled_end_at, is_cancel_at_period_end, end_reason' %}
pieces as (
    select
        {{ kept }},
        state,
        valid_from_at as from_at,
        case
            when collection_paused_at is not null
                then least(state_to_at, greatest(valid_from_at, collection_paused_at))
            else state_to_at
        end as to_at
    from graced
    union all
    select
        {{ kept }},
        'paused' as state,
        greatest(valid_from_at, collection_paused_at) as from_at,
        least(state_to_at, coalesce(collection_resumes_at, {{ forever() }})) as to_at
    from graced
    where collection_paused_at is not null
    union all
    select
        {{ kept }},
        state,
        greatest(valid_from_at, collection_resumes_at) as from_at,
        state_to_at as to_at
    from graced
    where collection_paused_at is not null and collection_resumes_at is not null
),

followed_pieces as (
    select
        *,
        lead(from_at) over by_time as next_from_at
    from pieces
    where from_at < to_at and from_at < {{ as_of() }}
    window by_time as (partition by source_id, subscription_id order by from_at)
)

select
    source_id,
    subscription_id,
    customer_id,
    version_number,
    state,
    from_at as valid_from_at,
    least(to_at, {{ forever() }}) as valid_to_at,
    scheduled_end_at,
    is_cancel_at_period_end,
    {# The reason is that of the end: nothing ends where the subscription goes on in some state. #}
    case when next_from_at = to_at then null else end_reason end as end_reason
from followed_pieces
