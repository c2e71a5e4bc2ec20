{#-
  The ledger tells since when an item was paid for, the landing since when that was known: a cancellation that
  billing told of a week late has not ended anything at the snapshots of that week. Whatever a version told of
  counts from the day on which the first version to tell of it came into view.
-#}
with told as (
    {% for instant, condition in [
        ('_effective_at', 'true'), ('start_at', 'true'), ('ended_at', 'true'), ('trial_end_at', "status <> 'trialing'")
    ] -%}
    select
        source_id,
        subscription_id,
        {{ instant }} as told_at,
        held_from_date
    from ({{ held_versions_of('billing_subscriptions', ['subscription_id'], 'updated_at') }}) as subscriptions
    where {{ instant }} is not null and {{ condition }}
    union all
    {% endfor -%}
    {% for instant in ['_effective_at', 'created_at'] -%}
    select
        source_id,
        subscription_id,
        {{ instant }} as told_at,
        held_from_date
    from ({{ held_versions_of('billing_subscription_items', ['subscription_item_id'], 'updated_at') }}) as items
    where {{ instant }} is not null
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

first_told as (
    select
        source_id,
        subscription_id,
        told_at,
        min(held_from_date) as held_from_date
    from told
    group by source_id, subscription_id, told_at
),

held as (
    select
        items.source_id,
        items.billing_customer_id,
        items.subscription_id,
        items.subscription_item_id,
        items.rate_key,
        items.quantity,
        items.plan_name,
        items.billing_interval,
        items.billing_interval_count,
        items.mrr_amount,
        items.valid_from_at,
        items.valid_to_at,
        {# A boundary belongs to what was before it. #}
        greatest({{ add_days(local_date('items.valid_from_at'), 1) }}, coalesce(begun.held_from_date, {{ always() }}))
            as held_from_date,
        case
            when items.valid_to_at = {{ forever() }} then {{ never() }}
            else greatest({{ add_days(local_date('items.valid_to_at'), 1) }}, coalesce(ended.held_from_date, {{ always() }}))
        end as held_to_date
    from {{ ref('int_item_mrr_computed') }} as items
    left join first_told as begun
        on
            items.source_id = begun.source_id
            and items.subscription_id = begun.subscription_id
            and items.valid_from_at = begun.told_at
    left join first_told as ended
        on
            items.source_id = ended.source_id
            and items.subscription_id = ended.subscription_id
            and items.valid_to_at = ended.told_at
    where items.state = 'paying' and items.mrr_amount > 0
)

select
    *,
    min(valid_from_at) over (partition by source_id, subscription_id) as paying_from_at
from held
where held_from_date < held_to_date
