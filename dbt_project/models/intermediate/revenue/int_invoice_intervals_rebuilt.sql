{#-
  What a subscription paid before versions tell of it, as its invoices have it: one row per item and
  interval. Where charges overlap the last issued holds; where there is none nothing was paid.
-#}
with charges as (
    select
        *,
        {# What is never paid counts like any payment past due: for the grace period. #}
        case
            when is_uncollectible
                then least(period_end_at, {{ add_days_to_instant('due_at', var('past_due_grace_days')) }})
            else period_end_at
        end as paid_to_at
    from {{ ref('int_invoice_charges_measured') }}
),

boundaries as (
    select source_id, subscription_id, subscription_item_id, period_start_at as boundary_at from charges
    union
    select source_id, subscription_id, subscription_item_id, period_end_at as boundary_at from charges
    union
    select source_id, subscription_id, subscription_item_id, paid_to_at as boundary_at from charges
),

slots as (
    select
        source_id,
        subscription_id,
        subscription_item_id,
        boundary_at as slot_from_at,
        lead(boundary_at) over (
            partition by source_id, subscription_id, subscription_item_id order by boundary_at
        ) as slot_to_at
    from boundaries
),

ranked as (
    select
        charges.*,
        slots.slot_from_at,
        slots.slot_to_at,
        row_number() over (
            partition by charges.source_id, charges.subscription_id, charges.subscription_item_id, slots.slot_from_at
            order by
                charges.issued_at desc, charges.period_start_at desc, charges.period_amount_minor desc,
                charges.period_end_at, charges.price_id, charges.currency_code
        ) as preference
    from charges
    inner join slots
        on
            charges.source_id = slots.source_id
            and charges.subscription_id = slots.subscription_id
            and charges.subscription_item_id = slots.subscription_item_id
            and charges.period_start_at <= slots.slot_from_at
            and charges.period_end_at >= slots.slot_to_at
),

held as (
    select * from ranked
    where preference = 1 and slot_from_at < paid_to_at
),

{# Until versions tell of the subscription it paid what it was charged; from then on, while it was paying. #}
pieces as (
    select
        held.*,
        slot_from_at as valid_from_at,
        least(slot_to_at, stated_from_at, coalesce(ended_at, {{ forever() }})) as valid_to_at,
        cast(null as string) as state_end_reason
    from held
    union all
    select
        held.*,
        greatest(held.slot_from_at, held.stated_from_at, states.valid_from_at) as valid_from_at,
        least(held.slot_to_at, held.known_from_at, states.valid_to_at) as valid_to_at,
        case when states.valid_to_at <= least(held.slot_to_at, held.known_from_at) then states.end_reason end
            as state_end_reason
    from held
    inner join {{ ref('int_subscription_states_derived') }} as states
        on
            held.source_id = states.source_id
            and held.subscription_id = states.subscription_id
            and states.state = 'paying'
            and held.stated_from_at < held.known_from_at
),

followed as (
    select
        *,
        lead(valid_from_at) over (
            partition by source_id, subscription_id, subscription_item_id order by valid_from_at
        ) as next_from_at,
        max(valid_to_at) over (partition by source_id, subscription_id) as last_paid_at
    from pieces
    where valid_from_at < valid_to_at and valid_from_at < {{ as_of() }}
)

select
    source_id,
    billing_customer_id,
    subscription_id,
    subscription_item_id,
    price_id,
    product_id,
    plan_name,
    currency_code,
    billing_interval,
    billing_interval_count,
    quantity,
    period_amount_minor,
    'paying' as state,
    valid_from_at,
    valid_to_at,
    cast(null as timestamp) as scheduled_end_at,
    case
        when valid_to_at >= next_from_at then null
        when valid_to_at = known_from_at and coalesce(ended_at, {{ forever() }}) > known_from_at then null
        when is_uncollectible and valid_to_at = paid_to_at then 'payment_failure'
        when state_end_reason is not null then state_end_reason
        when valid_to_at = last_paid_at and ended_at <= stated_from_at then cancellation_reason
    end as end_reason,
    'invoice_reconstructed' as mrr_source,
    stated_from_at,
    known_from_at,
    {# By then the next invoice is there, if billing goes on as it did. #}
    case
        when is_uncollectible then valid_to_at
        else {{ add_days_to_instant('valid_to_at', 'days_count') }}
    end as next_invoice_by_at
from followed
