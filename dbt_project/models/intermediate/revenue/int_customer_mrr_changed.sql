{#- The sparse ledger: one row per customer and instant at which the customer's balances changed. -#}
{%- set policy = var('pause_policy') -%}
{%- if policy not in ['separate', 'fold'] -%}
    {{ exceptions.raise_compiler_error("pause_policy is '" ~ policy ~ "'; use separate or fold") }}
{%- endif -%}

with by_currency as (
    select
        *,
        coalesce(lag(local_mrr_after) over by_time, 0) as local_mrr_before,
        coalesce(lag(exchange_rate) over by_time, exchange_rate) as rate_before
    from {{ ref('int_currency_balances_accumulated') }}
    window by_time as (partition by customer_id, rate_key order by changed_at)
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
        sum(reconstructed_items_after) as reconstructed_items_after,
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
        coalesce(lag(reconstructed_items_after) over by_time, 0) > 0 or reconstructed_items_after > 0
            as is_reconstructed,
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
        ) as next_paid_at,
        max(case when mrr_before > 0 and mrr_after = 0 then changed_at end) over (
            partition by customer_id order by changed_at
            rows between unbounded preceding and current row
        ) as unpaid_since_at
    from stepped
    where
        mrr_after <> mrr_before
        or trial_mrr_after <> trial_mrr_before
        or committed_mrr_after <> committed_mrr_before
        or has_paused_after <> has_paused_before
        or fx_amount <> 0
),

{#
  Paused is who stopped paying by a pause and has had one ever since: who left is gone, also when a
  paused subscription begins later. A gap shorter than the setting is a pause, folded or not: whoever is
  back within it never left.
#}
gapped as (
    select
        *,
        mrr_after = 0 and changed_at >= first_paid_at and (
            {%- if var('pause_policy') == 'fold' %}
            false
            {%- else %}
            min(case when has_paused_after then 1 else 0 end) over (
                partition by customer_id, unpaid_since_at order by changed_at
                rows between unbounded preceding and current row
            ) = 1
            {%- endif %}
            {%- if var('reactivation_min_gap_days') | int > 0 %}
            or coalesce(
                next_paid_at < {{ add_days_to_instant('unpaid_since_at', var('reactivation_min_gap_days')) }}, false
            )
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
    is_reconstructed,
    coalesce(lag(is_paused_after) over (partition by customer_id order by changed_at), false) as is_paused_before,
    is_paused_after
from gapped
