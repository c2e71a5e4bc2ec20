{#-
  The click on cancel, though access runs on, or the notice that the CRM recorded. What billing itself ended for
  want of payment is nobody's notice.
-#}
with versions as (
    select
        *,
        cancel_at is not null or is_cancel_at_period_end or coalesce(ended_at > valid_from_at, false) as is_scheduled,
        status in ('canceled', 'incomplete_expired') or ended_at is not null as is_ending
    from {{ ref('stg_billing__subscriptions') }}
    where not is_deleted
),

followed as (
    select
        *,
        coalesce(lag(is_scheduled) over by_time, false) as was_scheduled,
        min(case when not is_scheduled and not is_ending then valid_from_at end) over (
            partition by source_id, subscription_id order by valid_from_at
            rows between 1 following and unbounded following
        ) as withdrawn_at
    from versions
    window by_time as (partition by source_id, subscription_id order by valid_from_at)
),

notices as (
    select
        followed.source_id,
        followed.subscription_id,
        coalesce(followed.canceled_at, followed.valid_from_at) as noticed_at,
        coalesce(followed.withdrawn_at, {{ forever() }}) as withdrawn_at
    from followed
    left join {{ ref('cancellation_reasons') }} as reasons
        on followed.cancellation_reason = reasons.cancellation_reason
    where
        followed.is_scheduled
        and not followed.was_scheduled
        and coalesce(reasons.churn_type <> 'involuntary', true)
    union all
    select
        source_id,
        subscription_id,
        notice_given_at as noticed_at,
        {{ forever() }} as withdrawn_at
    from {{ ref('stg_crm__contracts') }}
    where subscription_id is not null and notice_given_at is not null
)

select
    source_id,
    subscription_id,
    noticed_at,
    max(withdrawn_at) as withdrawn_at
from notices
where noticed_at < {{ as_of() }}
group by source_id, subscription_id, noticed_at
