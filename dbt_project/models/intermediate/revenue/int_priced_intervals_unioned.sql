{#- The one place where the shapes of billing meet: item versions and simple periods. -#}
{%- set ends_at = 'least(states.valid_to_at, items.to_at, prices.to_at, coalesce(tiered.valid_to_at, prices.to_at))' -%}
with items as (
    select
        *,
        {{ held_from('created_at') }} as from_at,
        coalesce(valid_to_at, {{ forever() }}) as to_at
    from {{ ref('stg_billing__subscription_items') }}
    where not is_deleted
),

prices as (
    select
        *,
        {{ held_from() }} as from_at,
        coalesce(valid_to_at, {{ forever() }}) as to_at
    from {{ ref('stg_billing__prices') }}
    where price_type = 'recurring' and usage_type = 'licensed' and not is_deleted
),

{#
  The first version known of an item reaches back as far as no invoice says what was paid: to the end of
  what they charged where the next one was yet to come, else to where the versions begin.
-#}
rebuilt as (
    select
        source_id,
        subscription_id,
        min(stated_from_at) as stated_from_at,
        case
            when max(next_invoice_by_at) >= min(known_from_at) then max(valid_to_at)
            else min(known_from_at)
        end as paying_from_at
    from {{ ref('int_invoice_intervals_rebuilt') }}
    group by source_id, subscription_id
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
        greatest(
            states.valid_from_at, items.from_at, prices.from_at, coalesce(tiered.valid_from_at, prices.from_at),
            coalesce(
                case when states.state = 'paying' then rebuilt.paying_from_at else rebuilt.stated_from_at end,
                states.valid_from_at
            )
        ) as valid_from_at,
        {{ ends_at }} as valid_to_at,
        coalesce(
            states.scheduled_end_at,
            case when states.is_cancel_at_period_end then items.current_period_end_at end
        ) as scheduled_end_at,
        {# A reason belongs to the end of the state, not to a change of the item within it. #}
        case when {{ ends_at }} = states.valid_to_at then states.end_reason end as end_reason,
        'subscription_items' as mrr_source
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
    left join rebuilt
        on states.source_id = rebuilt.source_id and states.subscription_id = rebuilt.subscription_id
    left join {{ ref('stg_billing__products') }} as products
        on prices.source_id = products.source_id and prices.product_id = products.product_id
    left join {{ ref('int_tiered_amounts_computed') }} as tiered
        on
            items.source_id = tiered.source_id
            and items.price_id = tiered.price_id
            and items.quantity = tiered.quantity
            and prices.billing_scheme = 'tiered'
            and prices.tiers_mode = tiered.tiers_mode
            and tiered.valid_from_at < items.to_at
            and tiered.valid_to_at > items.from_at
)

select * from item_intervals
where valid_from_at < valid_to_at and valid_from_at < {{ as_of() }}
union all
select * from {{ ref('int_subscription_periods_graced') }}
