{#- The sparse ledger: one row per customer and instant at which the customer's balances changed. -#}
with by_currency as (
    select
        *,
        coalesce(lag(local_mrr_after) over by_time, 0) as local_mrr_before,
        coalesce(lag(exchange_rate) over by_time, exchange_rate) as rate_before
    from {{ ref('int_currency_balances_accumulated') }}
    window by_time as (partition by customer_id, currency_code order by changed_at)
),

{# The same items at another rate: what was held before, times the change of the rate. #}
by_customer as (
    select
        customer_id,
        changed_at,
        sum(mrr_after) as mrr_after,
        sum(trial_mrr_after) as trial_mrr_after,
        sum(committed_mrr_after) as committed_mrr_after,
        sum(paused_items_after) as paused_items_after,
        sum(
            {{ money('local_mrr_before * exchange_rate') }} - {{ money('local_mrr_before * rate_before') }}
        ) as fx_amount
    from by_currency
    group by customer_id, changed_at
),

stepped as (
    select
        customer_id,
        changed_at,
        coalesce(lag(mrr_after) over by_time, 0) as mrr_before,
        mrr_after,
        fx_amount,
        coalesce(lag(trial_mrr_after) over by_time, 0) as trial_mrr_before,
        trial_mrr_after,
        coalesce(lag(committed_mrr_after) over by_time, 0) as committed_mrr_before,
        committed_mrr_after,
        coalesce(lag(paused_items_after) over by_time, 0) > 0 as has_paused_before,
        paused_items_after > 0 as has_paused_after,
        min(case when mrr_after > 0 then changed_at end) over (partition by customer_id) as first_paid_at
    from by_customer
    window by_time as (partition by customer_id order by changed_at)
),

{# Rows at which nothing of the customer changed (a swap of equal price) are left out. #}
changed as (
    select
        *,
        min(case when mrr_after > 0 then changed_at end) over (
            partition by customer_id order by changed_at
            rows between 1 following and unbounded following
        ) as next_paid_at
    from stepped
    where
        mrr_after <> mrr_before
        or trial_mrr_after <> trial_mrr_before
        or committed_mrr_after <> committed_mrr_before
        or has_paused_after <> has_paused_before
        or fx_amount <> 0
),

{# A gap shorter than the setting is a pause: whoever is back within it never left. #}
gapped as (
    select
        *,
        mrr_after = 0 and changed_at >= first_paid_at and (
            has_paused_after
            {%- if var('reactivation_min_gap_days') | int > 0 %}
            or next_paid_at < {{ add_days_to_instant('changed_at', var('reactivation_min_gap_days')) }}
            {%- endif %}
        ) as is_paused_after
    from changed
)

select
    customer_id,
    changed_at,
    {{ local_date('changed_at') }} as change_date,
    mrr_before,
    mrr_after,
    fx_amount,
    trial_mrr_before,
    trial_mrr_after,
    committed_mrr_before,
    committed_mrr_after,
    first_paid_at,
    {%- if var('pause_policy') == 'fold' %}
    false as is_paused_before,
    false as is_paused_after
    {%- else %}
    coalesce(lag(is_paused_after) over (partition by customer_id order by changed_at), false) as is_paused_before,
    is_paused_after
    {%- endif %}
from gapped
