{#- Simple periods as priced intervals: each pays as its status says, past due ones until their grace is over. -#}
with followed_periods as (
    select
        *,
        lag(status) over by_time as previous_status,
        lag(end_at) over by_time as previous_end_at,
        lead(status) over by_time as next_status,
        lead(start_at) over by_time as next_start_at
    from {{ ref('stg_billing__subscription_periods') }}
    window by_time as (partition by source_id, subscription_id order by start_at)
),

{# Periods that follow one another without a gap in the same status are one run of that status. #}
chained_periods as (
    select
        *,
        case when previous_status = status and previous_end_at = start_at then null else start_at end as run_starts_at
    from followed_periods
),

graced_periods as (
    select
        *,
        case
            when status = 'past_due'
                then {{ add_days_to_instant('max(run_starts_at) over so_far', var('past_due_grace_days')) }}
            else {{ forever() }}
        end as grace_ends_at
    from chained_periods
    window so_far as (
        partition by source_id, subscription_id order by start_at
        rows between unbounded preceding and current row
    )
)

select
    periods.source_id,
    periods.customer_id as billing_customer_id,
    periods.subscription_id,
    periods.subscription_id as subscription_item_id,
    cast(null as string) as price_id,
    cast(null as string) as product_id,
    periods.plan_name,
    periods.currency_code,
    periods.billing_interval,
    periods.billing_interval_count,
    periods.quantity,
    {{ money('periods.amount_minor * periods.quantity') }} as period_amount_minor,
    statuses.state,
    periods.start_at as valid_from_at,
    least(coalesce(periods.end_at, {{ forever() }}), periods.grace_ends_at) as valid_to_at,
    cast(null as timestamp) as scheduled_end_at,
    case
        when periods.grace_ends_at < coalesce(periods.end_at, {{ forever() }}) then 'payment_failure'
        when periods.next_status = 'unpaid' and periods.next_start_at = periods.end_at then 'unpaid'
        {%- if var('past_due_grace_days') | int == 0 %}
        when periods.next_status = 'past_due' and periods.next_start_at = periods.end_at then 'payment_failure'
        {%- endif %}
        else periods.cancellation_reason
    end as end_reason,
    'subscription_periods' as mrr_source
from graced_periods as periods
inner join {{ ref('subscription_statuses') }} as statuses
    on periods.status = statuses.status
where
    statuses.state <> 'none'
    and periods.start_at < {{ as_of() }}
    and periods.start_at < least(coalesce(periods.end_at, {{ forever() }}), periods.grace_ends_at)
