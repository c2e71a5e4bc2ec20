{#- States of a subscription over time: trial, paying, paused; times in no state are left out. -#}
with numbered as (
    select
        *,
        row_number() over (partition by source_id, subscription_id order by valid_from_at) as version_number
    from {{ ref('stg_billing__subscriptions') }}
),

known as (
    select
        *,
        max_by(status, case when status <> 'canceled' then version_number end) over so_far as status_before,
        max_by(
            coalesce(trial_end_at, {{ forever() }}), case when status <> 'canceled' then version_number end
        ) over so_far as trial_end_before_at
    from numbered
    window so_far as (
        partition by source_id, subscription_id
        order by version_number
        rows between unbounded preceding and current row
    )
),

{# A click on cancel changes nothing: until the end comes, the subscription is what it was. #}
versions as (
    select
        source_id,
        subscription_id,
        customer_id,
        version_number,
        valid_from_at,
        start_at,
        current_period_end_at,
        is_cancel_at_period_end,
        cancel_at,
        ended_at,
        cancellation_reason,
        collection_paused_at,
        collection_resumes_at,
        is_deleted,
        case
            when status = 'canceled' and ended_at > valid_from_at then coalesce(status_before, 'active')
            else status
        end as status,
        case when status = 'canceled' then trial_end_before_at else trial_end_at end as trial_end_at,
        case when is_first_version then least(valid_from_at, start_at) else valid_from_at end as known_from_at
    from known
),

followed as (
    select
        *,
        lag(status) over by_version as previous_status,
        lag(trial_end_at) over by_version as previous_trial_end_at,
        lead(status) over by_version as next_status,
        lead(version_number) over by_version is null as is_last_version
    from versions
    window by_version as (partition by source_id, subscription_id order by version_number)
),

runs as (
    select
        *,
        max(case when previous_status is distinct from status then valid_from_at end) over so_far as status_since_at,
        max(case when previous_status is distinct from status then known_from_at end) over so_far as run_from_at
    from followed
    window so_far as (
        partition by source_id, subscription_id
        order by version_number
        rows between unbounded preceding and current row
    )
),

{# A trial that ended before billing told us of it ended at trial_end_at. #}
bounded as (
    select
        *,
        case
            when previous_status = 'trialing'
                then least(
                    known_from_at,
                    greatest(coalesce(previous_trial_end_at, known_from_at), lag(run_from_at) over by_version)
                )
            else known_from_at
        end as from_at
    from runs
    window by_version as (partition by source_id, subscription_id order by version_number)
),

placed as (
    select
        *,
        coalesce(
            lead(from_at) over (partition by source_id, subscription_id order by version_number), {{ forever() }}
        ) as to_at
    from bounded
),

{# What the last version says of the end holds for all: a late notice ends earlier versions too. #}
ends as (
    select
        source_id,
        subscription_id,
        case
            when is_deleted then least(from_at, coalesce(ended_at, from_at))
            when ended_at is not null then ended_at
            when status in ('canceled', 'incomplete_expired') then from_at
        end as ended_at,
        cancellation_reason
    from placed
    where is_last_version
),

stated as (
    select
        followed.source_id,
        followed.subscription_id,
        followed.customer_id,
        followed.version_number,
        followed.status,
        followed.next_status,
        followed.collection_paused_at,
        followed.collection_resumes_at,
        case
            when followed.is_deleted then 'none'
            else statuses.state
        end as state,
        greatest(followed.from_at, followed.start_at) as from_at,
        least(
            followed.to_at,
            coalesce(ends.ended_at, {{ forever() }}),
            case
                when followed.status = 'trialing'
                    then coalesce(followed.trial_end_at, {{ forever() }})
                else {{ forever() }}
            end
        ) as to_at,
        {{ add_days_to_instant('followed.status_since_at', var('past_due_grace_days')) }} as grace_ends_at,
        coalesce(
            followed.cancel_at,
            case when followed.is_cancel_at_period_end then followed.current_period_end_at end
        ) as scheduled_end_at,
        followed.is_cancel_at_period_end,
        ends.cancellation_reason
    from placed as followed
    inner join ends
        on followed.source_id = ends.source_id and followed.subscription_id = ends.subscription_id
    inner join {{ ref('subscription_statuses') }} as statuses
        on followed.status = statuses.status
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
            when
                status = 'past_due'
                and (grace_ends_at < to_at or (grace_ends_at = to_at and next_status = 'past_due'))
                then 'payment_failure'
            when next_status = 'unpaid' then 'unpaid'
            else cancellation_reason
        end as end_reason
    from stated
    where state <> 'none'
),

{# Collection that is paused makes the state paused until it resumes by itself. #}
pieces as (
    select
        source_id, subscription_id, customer_id, version_number, state, scheduled_end_at,
        is_cancel_at_period_end, end_reason,
        from_at,
        case
            when collection_paused_at is not null
                then least(state_to_at, greatest(from_at, collection_paused_at))
            else state_to_at
        end as to_at
    from graced
    union all
    select
        source_id, subscription_id, customer_id, version_number, 'paused' as state, scheduled_end_at,
        is_cancel_at_period_end, end_reason,
        greatest(from_at, collection_paused_at) as from_at,
        least(state_to_at, coalesce(collection_resumes_at, {{ forever() }})) as to_at
    from graced
    where collection_paused_at is not null
    union all
    select
        source_id, subscription_id, customer_id, version_number, state, scheduled_end_at,
        is_cancel_at_period_end, end_reason,
        greatest(from_at, collection_resumes_at) as from_at,
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
