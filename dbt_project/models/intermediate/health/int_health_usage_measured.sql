{#- Usage of each customer over the four weeks before a snapshot, against the thirteen before those. -#}
with snapshots as (
    select * from {{ ref('int_health_snapshots_dated') }}
),

{# Late rows of a user make the user no second one: it counts while a snapshot knows of any. #}
{{ held_without_gaps(
    'user_weeks', ref('int_health_use_weeks_summed'), ['customer_id', 'user_id', 'grid_date', 'weeks_ago']
) }},

customer_weeks as (
    select
        customer_id,
        grid_date,
        weeks_ago,
        held_from_date,
        held_to_date,
        sum(event_count) as event_count,
        sum(active_user_count) as active_user_count
    from (
        select customer_id, grid_date, weeks_ago, held_from_date, held_to_date, event_count, 0 as active_user_count
        from {{ ref('int_health_use_weeks_summed') }}
        union all
        select customer_id, grid_date, weeks_ago, held_from_date, held_to_date, 0 as event_count, 1 as active_user_count
        from user_weeks
    ) as counted
    group by customer_id, grid_date, weeks_ago, held_from_date, held_to_date
),

active_users as (
    select
        snapshots.customer_id,
        snapshots.as_of_date,
        count(distinct user_weeks.user_id) as active_user_count
    from snapshots
    inner join user_weeks
        on
            snapshots.customer_id = user_weeks.customer_id
            and snapshots.grid_date = user_weeks.grid_date
            and {{ held_on('user_weeks', 'snapshots.as_of_date') }}
            and user_weeks.weeks_ago between snapshots.weeks_ago and snapshots.weeks_ago + 3
    group by snapshots.customer_id, snapshots.as_of_date
),

summed as (
    select
        snapshots.customer_id,
        snapshots.as_of_date,
        max(customer_weeks.weeks_ago) - snapshots.weeks_ago + 1 as weeks_used,
        sum(case when customer_weeks.weeks_ago <= snapshots.weeks_ago + 3 then customer_weeks.event_count end)
            as recent_event_count,
        sum(case when customer_weeks.weeks_ago > snapshots.weeks_ago + 3 then customer_weeks.event_count end)
            as prior_event_count,
        sum(case when customer_weeks.weeks_ago <= snapshots.weeks_ago + 3 then customer_weeks.active_user_count end)
            as recent_user_weeks,
        sum(case when customer_weeks.weeks_ago > snapshots.weeks_ago + 3 then customer_weeks.active_user_count end)
            as prior_user_weeks
    from snapshots
    inner join customer_weeks
        on
            snapshots.customer_id = customer_weeks.customer_id
            and snapshots.grid_date = customer_weeks.grid_date
            and {{ held_on('customer_weeks', 'snapshots.as_of_date') }}
            and customer_weeks.weeks_ago between snapshots.weeks_ago and snapshots.weeks_ago + 16
    group by snapshots.customer_id, snapshots.as_of_date, snapshots.weeks_ago
),

{# Only weeks in which both the customer and the source were there are compared. #}
known as (
    select
        snapshots.customer_id,
        snapshots.as_of_date,
        snapshots.seat_count,
        coalesce(summed.recent_event_count, 0) as recent_event_count,
        coalesce(summed.prior_event_count, 0) as prior_event_count,
        coalesce(summed.recent_user_weeks, 0) as recent_user_weeks,
        coalesce(summed.prior_user_weeks, 0) as prior_user_weeks,
        coalesce(active_users.active_user_count, 0) as active_user_count,
        least(
            17,
            greatest(1, ceil(snapshots.tenure_days / 7.0), coalesce(summed.weeks_used, 1)),
            ceil({{ days_between('sources.first_event_date', 'snapshots.as_of_date') }} / 7.0)
        ) as weeks_known
    from snapshots
    inner join {{ ref('int_health_sources_dated') }} as sources
        on
            snapshots.source_id = sources.source_id
            and snapshots.as_of_date = sources.as_of_date
            and sources.source_name = 'usage'
    left join summed
        on snapshots.customer_id = summed.customer_id and snapshots.as_of_date = summed.as_of_date
    left join active_users
        on snapshots.customer_id = active_users.customer_id and snapshots.as_of_date = active_users.as_of_date
)

select
    customer_id,
    as_of_date,
    ln(1 + cast(recent_event_count as double) / cast(seat_count as double) / least(4, weeks_known))
        as weekly_events_per_seat_log,
    cast(active_user_count as double) / cast(seat_count as double) as active_seat_ratio,
    {# One event and one user a week are added, so that silence has a logarithm. #}
    case when weeks_known >= 8 then ln(
        (1 + cast(recent_event_count as double) / 4) / (1 + cast(prior_event_count as double) / (weeks_known - 4))
    ) end as usage_trend_log_ratio,
    case when weeks_known >= 8 then ln(
        (1 + cast(recent_user_weeks as double) / 4) / (1 + cast(prior_user_weeks as double) / (weeks_known - 4))
    ) end as active_user_trend_log_ratio
from known
