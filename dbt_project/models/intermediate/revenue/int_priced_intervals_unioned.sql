{#- The one place where the shapes of billing meet: item versions and simple periods. -#}
with items as (
    select
        *,
        case
            when is_first_version then least(valid_from_at, coalesce(created_at, {{ long_ago() }}))
            else valid_from_at
        end as from_at,
        coalesce(valid_to_at, {{ forever() }}) as to_at
    from {{ ref('stg_billing__subscription_items') }}
    where not is_deleted
),

prices as (
    select
        *,
        case when is_first_version then {{ long_ago() }} else valid_from_at end as from_at,
        coalesce(valid_to_at, {{ forever() }}) as to_at
    from {{ ref('stg_billing__prices') }}
    where price_type = 'recurring' and usage_type = 'licensed' and not is_deleted
),

item_intervals as (
    select
        states.source_id,
        states.customer_id as billing_customer_id,
        states.subscription_id,
        items.subscription_item_id,
        items.price_id,
        prices.product_id,
        products.product_name as plan_name,
        prices.currency_code,
        prices.billing_interval,
        prices.billing_interval_count,
        items.quantity,
        {{ money("case
            when items.quantity = 0 then 0
            when prices.billing_scheme = 'tiered' then tiered.period_amount_minor
            else prices.unit_amount_minor * items.quantity
        end") }} as period_amount_minor,
        states.state,
        greatest(states.valid_from_at, items.from_at, prices.from_at) as valid_from_at,
        least(states.valid_to_at, items.to_at, prices.to_at) as valid_to_at,
        coalesce(
            states.scheduled_end_at,
            case when states.is_cancel_at_period_end then items.current_period_end_at end
        ) as scheduled_end_at,
        {# A reason belongs to the end of the state, not to a change of the item within it. #}
        case
            when least(states.valid_to_at, items.to_at, prices.to_at) = states.valid_to_at then states.end_reason
        end as end_reason
    from {{ ref('int_subscription_states_derived') }} as states
    inner join items
        on
            states.source_id = items.source_id
            and states.subscription_id = items.subscription_id
            and items.from_at < states.valid_to_at
            and items.to_at > states.valid_from_at
    inner join prices
        on
            items.source_id = prices.source_id
            and items.price_id = prices.price_id
            and prices.from_at < items.to_at
            and prices.to_at > items.from_at
    left join {{ ref('stg_billing__products') }} as products
        on prices.source_id = products.source_id and prices.product_id = products.product_id
    left join {{ ref('int_tiered_amounts_computed') }} as tiered
        on
            items.source_id = tiered.source_id
            and items.price_id = tiered.price_id
            and items.quantity = tiered.quantity
),

{# Periods that follow one another without a gap in the same status are one run of that status. #}
followed_periods as (
    select
        *,
        lag(status) over by_time as previous_status,
        lag(end_at) over by_time as previous_end_at,
        lead(status) over by_time as next_status,
        lead(start_at) over by_time as next_start_at
    from {{ ref('stg_billing__subscription_periods') }}
    window by_time as (partition by source_id, subscription_id order by start_at)
),

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
),

period_intervals as (
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
            else periods.cancellation_reason
        end as end_reason
    from graced_periods as periods
    inner join {{ ref('subscription_statuses') }} as statuses
        on periods.status = statuses.status
    where statuses.state <> 'none'
)

select * from item_intervals
where valid_from_at < valid_to_at and valid_from_at < {{ as_of() }}
union all
select * from period_intervals
where valid_from_at < valid_to_at and valid_from_at < {{ as_of() }}
