{#-
  Since when versions tell of a subscription: its state, and then what it sells. What is older is known
  from invoices only. Simple periods tell both from the start of the first.
-#}
with subscriptions as (
    select
        source_id,
        subscription_id,
        max_by(customer_id, valid_from_at) as customer_id,
        min(valid_from_at) as stated_from_at,
        {# The last version knows of an end, as it does for all versions before it. #}
        max_by(coalesce(ended_at, {{ forever() }}), valid_from_at) as ended_at,
        max_by(coalesce(cancellation_reason, ''), valid_from_at) as cancellation_reason
    from {{ ref('stg_billing__subscriptions') }}
    group by source_id, subscription_id
),

items as (
    select
        source_id,
        subscription_id,
        min(valid_from_at) as known_from_at
    from {{ ref('stg_billing__subscription_items') }}
    group by source_id, subscription_id
)

select
    subscriptions.source_id,
    subscriptions.subscription_id,
    subscriptions.customer_id,
    subscriptions.stated_from_at,
    greatest(subscriptions.stated_from_at, coalesce(items.known_from_at, {{ forever() }})) as known_from_at,
    subscriptions.ended_at,
    nullif(subscriptions.cancellation_reason, '') as cancellation_reason
from subscriptions
left join items
    on subscriptions.source_id = items.source_id and subscriptions.subscription_id = items.subscription_id
union all
select
    source_id,
    subscription_id,
    max_by(customer_id, start_at) as customer_id,
    min(start_at) as stated_from_at,
    min(start_at) as known_from_at,
    {{ forever() }} as ended_at,
    cast(null as string) as cancellation_reason
from {{ ref('stg_billing__subscription_periods') }}
group by source_id, subscription_id
