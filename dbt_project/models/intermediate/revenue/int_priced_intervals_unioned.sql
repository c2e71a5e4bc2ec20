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
        states.end_reason
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
        coalesce(periods.end_at, {{ forever() }}) as valid_to_at,
        cast(null as timestamp) as scheduled_end_at,
        periods.cancellation_reason as end_reason
    from {{ ref('stg_billing__subscription_periods') }} as periods
    inner join {{ ref('subscription_statuses') }} as statuses
        on periods.status = statuses.status
    where statuses.state <> 'none'
)

select * from item_intervals
where valid_from_at < valid_to_at and valid_from_at < {{ as_of() }}
union all
select * from period_intervals
where valid_from_at < valid_to_at and valid_from_at < {{ as_of() }}
