{#-
  The ledger tells since when an item was paid for, the landing since when that was known: a cancellation that
  billing told of a week late has not ended anything at the snapshots of that week. Whatever a version told of
  counts from the day on which the first version to tell of it came into view. An interval that was over when it
  was told is held by no snapshot, but those after it know that it was paid for.
-#}
{%- set columns = [
    'source_id', 'billing_customer_id', 'subscription_id', 'subscription_item_id', 'rate_key', 'quantity', 'plan_name',
    'billing_interval', 'billing_interval_count', 'mrr_amount', 'valid_from_at', 'valid_to_at'
] -%}
with first_told as (
    select * from {{ ref('int_health_boundaries_told') }}
),

known as (
    select
        source_id,
        subscription_id,
        min(held_from_date) as held_from_date
    from first_told
    group by source_id, subscription_id
),

{# What nobody tells of, as a new price, begins for whoever knows of what it follows, or else of the subscription. #}
begun as (
    select
        items.*,
        case
            when told.held_from_date is not null then told.held_from_date
            when lag(items.valid_to_at) over by_time = items.valid_from_at then null
            else coalesce(known.held_from_date, {{ always() }})
        end as begun_date
    from {{ ref('int_item_mrr_computed') }} as items
    left join first_told as told
        on
            items.source_id = told.source_id
            and items.subscription_id = told.subscription_id
            and items.valid_from_at = told.told_at
    left join known
        on items.source_id = known.source_id and items.subscription_id = known.subscription_id
    where items.state = 'paying' and items.mrr_amount > 0
    window by_time as (partition by items.source_id, items.subscription_item_id order by items.valid_from_at)
),

held as (
    select
        {% for column in columns -%}
        begun.{{ column }},
        {% endfor -%}
        {# A boundary belongs to what was before it. #}
        greatest({{ add_days(local_date('begun.valid_from_at'), 1) }}, last_value(begun.begun_date ignore nulls) over (
            partition by begun.source_id, begun.subscription_item_id order by begun.valid_from_at
            rows between unbounded preceding and current row
        )) as held_from_date,
        case
            when begun.valid_to_at = {{ forever() }} then {{ never() }}
            else greatest({{ add_days(local_date('begun.valid_to_at'), 1) }}, coalesce(ended.held_from_date, {{ always() }}))
        end as told_to_date
    from begun
    left join first_told as ended
        on
            begun.source_id = ended.source_id
            and begun.subscription_id = ended.subscription_id
            and begun.valid_to_at = ended.told_at
)

select
    {% for column in columns -%}
    {{ column }},
    {% endfor -%}
    held_from_date,
    {# Who knows of a later interval knows that the one before it is over, though nobody told of its end. #}
    least(told_to_date, coalesce(
        min(held_from_date) over (
            partition by source_id, subscription_item_id order by valid_from_at
            rows between 1 following and unbounded following
        ),
        {{ never() }}
    )) as held_to_date
from held
