{#-
  Month ends at which MRR is not the same three ways: items in force just before the end, at that day's
  rate; the last balance of every customer in the ledger of events; the close of the roll-forward.
-#}
with closes as (
    select
        period_start,
        ending_mrr_amount,
        ending_customers_count,
        least({{ local_midnight('period_end') }}, {{ as_of() }}) as closed_at
    from {{ ref('fct_mrr_roll_forward') }}
    where grain = 'month' and segment_name = 'all'
),

{# Under fx_policy at_start items of one currency convert at the rates of their own starts. #}
rated_items as (
    select
        items.*,
        computed.rate_key
    from {{ ref('fct_subscription_item_mrr') }} as items
    left join {{ ref('int_item_mrr_computed') }} as computed
        on
            items.source_id = computed.source_id
            and items.subscription_item_id = computed.subscription_item_id
            and items.valid_from_at = computed.valid_from_at
    where items.state = 'paying'
),

items as (
    select
        closes.period_start,
        items.customer_id,
        items.rate_key,
        closes.closed_at,
        sum(items.mrr_amount) as local_amount
    from closes
    inner join rated_items as items
        on
            items.valid_from_at < closes.closed_at
            and coalesce(items.valid_to_at, {{ forever() }}) >= closes.closed_at
    group by closes.period_start, items.customer_id, items.rate_key, closes.closed_at
),

summed_items as (
    select
        items.period_start,
        sum({{ money('items.local_amount * rates.exchange_rate') }}) as mrr_amount
    from items
    inner join {{ ref('int_exchange_rates_resolved') }} as rates
        on
            items.rate_key = rates.rate_key
            and items.closed_at > rates.valid_from_at
            and items.closed_at <= rates.valid_to_at
    group by items.period_start
),

last_changes as (
    select
        closes.period_start,
        changes.customer_id,
        max_by(changes.ending_mrr_amount, changes.changed_at) as mrr_amount
    from closes
    inner join {{ ref('fct_mrr_changes') }} as changes
        on changes.changed_at < closes.closed_at
    group by closes.period_start, changes.customer_id
),

summed_customers as (
    select
        period_start,
        sum(mrr_amount) as mrr_amount,
        sum(case when mrr_amount > 0 then 1 else 0 end) as customers_count
    from last_changes
    group by period_start
)

select
    closes.period_start,
    closes.ending_mrr_amount,
    summed_items.mrr_amount as mrr_of_items,
    summed_customers.mrr_amount as mrr_of_customers
from closes
left join summed_items
    on closes.period_start = summed_items.period_start
left join summed_customers
    on closes.period_start = summed_customers.period_start
where
    closes.ending_mrr_amount <> coalesce(summed_items.mrr_amount, 0)
    or closes.ending_mrr_amount <> coalesce(summed_customers.mrr_amount, 0)
    or closes.ending_customers_count <> coalesce(summed_customers.customers_count, 0)
