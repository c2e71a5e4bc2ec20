{#- From when to when each version of a subscription holds, and what ends it. -#}
with followed as (
    select
        *,
        lag(status) over by_version as previous_status,
        lag(trial_end_at) over by_version as previous_trial_end_at,
        lag(is_ending) over by_version as was_ending,
        lead(status) over by_version as next_status
    from {{ ref('int_subscription_statuses_counted') }}
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

{# A trial that ended before billing told us of it ended at trial_end_at; one that was cancelled led to nothing. #}
bounded as (
    select
        *,
        case
            when previous_status = 'trialing' and not was_ending
                then least(
                    known_from_at,
                    greatest(coalesce(previous_trial_end_at, known_from_at), lag(run_from_at) over by_version)
                )
            else known_from_at
        end as from_at
    from runs
    window by_version as (partition by source_id, subscription_id order by version_number)
),

ended as (
    select
        *,
        lead(from_at) over (partition by source_id, subscription_id order by version_number) as next_from_at,
        case
            when is_ending
                then least(
                    coalesce(told_end_at, min(case when is_ending then from_at end) over one_end),
                    coalesce(min(case when is_deleted then from_at end) over one_end, {{ forever() }})
                )
        end as ended_at
    from bounded
    window one_end as (partition by source_id, subscription_id, running_count)
),

ranked as (
    select
        *,
        case
            when is_ending
                then row_number() over (partition by source_id, subscription_id order by ended_at nulls last, version_number)
        end as end_rank
    from ended
),

{# A late notice ends earlier versions too, but not those that are known to run on after it. #}
cut as (
    select
        *,
        min(ended_at) over from_here as cut_at,
        min_by(coalesce(told_reason, ''), end_rank) over from_here as cut_reason
    from ranked
    window from_here as (
        partition by source_id, subscription_id
        order by version_number
        rows between current row and unbounded following
    )
)

select
    source_id,
    subscription_id,
    customer_id,
    version_number,
    status,
    next_status,
    status_since_at,
    trial_end_at,
    start_at,
    current_period_end_at,
    is_cancel_at_period_end,
    cancel_at,
    collection_paused_at,
    collection_resumes_at,
    is_deleted,
    greatest(from_at, start_at) as valid_from_at,
    least(coalesce(next_from_at, {{ forever() }}), coalesce(cut_at, {{ forever() }})) as valid_to_at,
    {# What runs on from the very instant of a scheduled end has not ended by it. #}
    case
        when
            cut_at = lead(cut_at) over (partition by source_id, subscription_id order by version_number)
            or coalesce(next_from_at <> cut_at, true)
            then cut_at
    end as cut_at,
    nullif(cut_reason, '') as cut_reason
from cut
