{#- Balances of a customer at each kind of rate after every instant at which any of them, or a rate, changed. -#}
with steps as (
    select
        customer_id, rate_key, currency_code, valid_from_at as changed_at,
        case when state = 'paying' then mrr_amount else 0 end as mrr_step,
        case when state = 'trial' then mrr_amount else 0 end as trial_step,
        case when state = 'paying' then lasting_mrr_amount else 0 end as committed_step,
        case when state = 'paused' and mrr_amount > 0 then 1 else 0 end as paused_step,
        case when mrr_source = 'invoice_reconstructed' then 1 else 0 end as reconstructed_step
    from {{ ref('int_item_mrr_computed') }}
    union all
    select
        customer_id, rate_key, currency_code, valid_to_at as changed_at,
        case when state = 'paying' then -mrr_amount else 0 end as mrr_step,
        case when state = 'trial' then -mrr_amount else 0 end as trial_step,
        0 as committed_step,
        case when state = 'paused' and mrr_amount > 0 then -1 else 0 end as paused_step,
        case when mrr_source = 'invoice_reconstructed' then -1 else 0 end as reconstructed_step
    from {{ ref('int_item_mrr_computed') }}
    union all
    {# Committed MRR stops counting twelve months before an end that is already scheduled. #}
    select
        customer_id, rate_key, currency_code,
        least(
            valid_to_at,
            greatest(valid_from_at, coalesce({{ add_months_to_instant('scheduled_end_at', -12) }}, valid_to_at))
        ) as changed_at,
        0 as mrr_step,
        0 as trial_step,
        -lasting_mrr_amount as committed_step,
        0 as paused_step,
        0 as reconstructed_step
    from {{ ref('int_item_mrr_computed') }}
    where state = 'paying'
),

summed as (
    select
        customer_id,
        rate_key,
        currency_code,
        changed_at,
        sum(mrr_step) as mrr_step,
        sum(trial_step) as trial_step,
        sum(committed_step) as committed_step,
        sum(paused_step) as paused_step,
        sum(reconstructed_step) as reconstructed_step
    from steps
    where changed_at < {{ as_of() }}
    group by customer_id, rate_key, currency_code, changed_at
),

spans as (
    select
        customer_id,
        rate_key,
        currency_code,
        min(changed_at) as first_at,
        max(changed_at) as last_at,
        sum(mrr_step) + sum(trial_step) + sum(committed_step) as open_amount
    from summed
    group by customer_id, rate_key, currency_code
),

{# A rate that ends without another leaves no rate: it changes as well, to none. #}
rate_edges as (
    select rate_key, valid_from_at as edge_at from {{ ref('int_exchange_rates_resolved') }}
    union
    select rate_key, valid_to_at as edge_at from {{ ref('int_exchange_rates_resolved') }}
),

rate_changes as (
    select
        spans.customer_id,
        rate_edges.edge_at as changed_at
    from spans
    inner join rate_edges
        on
            spans.rate_key = rate_edges.rate_key
            and rate_edges.edge_at > spans.first_at
            and (rate_edges.edge_at < spans.last_at or spans.open_amount <> 0)
            and rate_edges.edge_at < {{ as_of() }}
),

instants as (
    select customer_id, changed_at from summed
    union
    select customer_id, changed_at from rate_changes
),

{# Every rate of a customer has a row at every instant, so that a total never misses one. #}
gridded as (
    select
        instants.customer_id,
        spans.rate_key,
        spans.currency_code,
        instants.changed_at,
        coalesce(summed.mrr_step, 0) as mrr_step,
        coalesce(summed.trial_step, 0) as trial_step,
        coalesce(summed.committed_step, 0) as committed_step,
        coalesce(summed.paused_step, 0) as paused_step,
        coalesce(summed.reconstructed_step, 0) as reconstructed_step
    from instants
    inner join spans
        on instants.customer_id = spans.customer_id
    left join summed
        on
            instants.customer_id = summed.customer_id
            and instants.changed_at = summed.changed_at
            and spans.rate_key = summed.rate_key
),

accumulated as (
    select
        customer_id,
        rate_key,
        currency_code,
        changed_at,
        sum(mrr_step) over so_far as local_mrr_after,
        sum(trial_step) over so_far as local_trial_after,
        sum(committed_step) over so_far as local_committed_after,
        sum(paused_step) over so_far as paused_items_after,
        sum(reconstructed_step) over so_far as reconstructed_items_after
    from gridded
    window so_far as (
        partition by customer_id, rate_key order by changed_at
        rows between unbounded preceding and current row
    )
)

select
    accumulated.customer_id,
    accumulated.rate_key,
    accumulated.currency_code,
    accumulated.changed_at,
    accumulated.local_mrr_after,
    accumulated.paused_items_after,
    accumulated.reconstructed_items_after,
    rates.exchange_rate,
    {{ money('accumulated.local_mrr_after * rates.exchange_rate') }} as mrr_after,
    {{ money('accumulated.local_trial_after * rates.exchange_rate') }} as trial_mrr_after,
    {{ money('accumulated.local_committed_after * rates.exchange_rate') }} as committed_mrr_after
from accumulated
left join {{ ref('int_exchange_rates_resolved') }} as rates
    on
        accumulated.rate_key = rates.rate_key
        and accumulated.changed_at >= rates.valid_from_at
        and accumulated.changed_at < rates.valid_to_at
