{#- Versions of subscriptions with the status that each counts as, and what billing last said of an end. -#}
with numbered as (
    select
        *,
        row_number() over (partition by source_id, subscription_id order by valid_from_at) as version_number,
        lead(valid_from_at) over (partition by source_id, subscription_id order by valid_from_at) as next_version_at,
        is_deleted or status in ('canceled', 'incomplete_expired') or ended_at is not null as is_ending
    from {{ ref('stg_billing__subscriptions') }}
),

{# Versions that end a subscription and follow one another share this count: they speak of one end. #}
grouped as (
    select
        *,
        sum(case when is_ending then 0 else 1 end) over so_far as running_count,
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

{# The last word on an end counts, whether it moves the end or only adds a reason. #}
told as (
    select
        *,
        max_by(ended_at, case when ended_at is not null then version_number end) over one_end as told_end_at,
        max_by(
            cancellation_reason,
            case when is_ending and cancellation_reason is not null then version_number end
        ) over one_end as told_reason
    from grouped
    window one_end as (partition by source_id, subscription_id, running_count)
),

{# A click on cancel changes nothing: until the end comes, the subscription is what it was. #}
counted as (
    select
        *,
        case
            when status <> 'canceled' then status
            when status_before is not null and told_end_at > valid_from_at then status_before
            when status_before is null and told_end_at <= trial_end_at then 'trialing'
            when status_before is null and told_end_at > start_at then 'active'
            else status
        end as counted_status,
        case when status_before is not null and status = 'canceled' then trial_end_before_at else trial_end_at end
            as counted_trial_end_at
    from told
),

{# The first version reaches back to the start, but what is known of a trial before it is not lost. #}
traced as (
    select
        *,
        coalesce(
            is_first_version and not is_deleted and trial_end_at > start_at
            and counted_status in ('active', 'past_due', 'unpaid', 'paused')
            and (status = 'canceled' or trial_end_at <= valid_from_at),
            false
        ) as has_trial_before
    from counted
),

parts as (
    select false as is_trial_before
    union all
    select true as is_trial_before
)

select
    traced.source_id,
    traced.subscription_id,
    traced.customer_id,
    case when parts.is_trial_before then 0 else traced.version_number end as version_number,
    traced.valid_from_at,
    case
        when traced.is_first_version and (parts.is_trial_before or not traced.has_trial_before)
            then least(traced.valid_from_at, traced.start_at)
        when traced.is_first_version
            then least(traced.trial_end_at, coalesce(traced.next_version_at, {{ forever() }}))
        else traced.valid_from_at
    end as known_from_at,
    traced.start_at,
    case when parts.is_trial_before then 'trialing' else traced.counted_status end as status,
    case when parts.is_trial_before then traced.trial_end_at else traced.counted_trial_end_at end as trial_end_at,
    traced.current_period_end_at,
    traced.is_cancel_at_period_end,
    {# The end that was still to come when the version was told. #}
    coalesce(case when traced.ended_at > traced.valid_from_at then traced.ended_at end, traced.cancel_at) as cancel_at,
    traced.collection_paused_at,
    traced.collection_resumes_at,
    traced.is_deleted,
    traced.is_ending and not parts.is_trial_before as is_ending,
    traced.running_count,
    traced.told_end_at,
    traced.told_reason
from traced
inner join parts on traced.has_trial_before or not parts.is_trial_before
