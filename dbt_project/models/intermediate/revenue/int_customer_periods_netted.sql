{#- Net change of each customer in each period in which anything of it changed. -#}
with changes as (
    select * from {{ ref('int_customer_mrr_changed') }}
),

placed as (
    {{ placed_in_periods('changes', 'change_date', billed=true) }}
),

netted as (
    select
        grain,
        period_start,
        customer_id,
        min_by(mrr_before, changed_at) as mrr_before,
        max_by(mrr_after, changed_at) as mrr_after,
        sum(fx_amount) as fx_amount,
        max(mrr_after) as highest_mrr,
        min_by(trial_mrr_before, changed_at) as trial_mrr_before,
        max_by(trial_mrr_after, changed_at) as trial_mrr_after,
        min_by(committed_mrr_before, changed_at) as committed_mrr_before,
        max_by(committed_mrr_after, changed_at) as committed_mrr_after,
        min_by(is_paused_before, changed_at) as is_paused_before,
        max_by(is_paused_after, changed_at) as is_paused_after,
        coalesce(min(first_paid_at) >= min(changed_at), true) as is_new,
        min(case when mrr_after > 0 then change_date end) as first_paying_date,
        min(case when trial_mrr_after > 0 then change_date end) as first_trial_date,
        min(case when committed_mrr_after > 0 then change_date end) as first_committed_date,
        max(
            case
                when mrr_after = 0 and not is_paused_after and (mrr_before > 0 or is_paused_before)
                    then changed_at
            end
        ) as churned_at
    from placed
    group by grain, period_start, customer_id
),

{# Why the largest item that ended at that instant did so: of those paid for, else of those paused. #}
ranked_endings as (
    select
        items.customer_id,
        items.valid_to_at,
        items.end_reason,
        row_number() over (
            partition by items.customer_id, items.valid_to_at
            order by
                items.state = 'paying' desc,
                {{ money('items.mrr_amount * rates.exchange_rate') }} desc,
                items.source_id, items.subscription_item_id, items.valid_from_at
        ) as preference
    from {{ ref('int_item_mrr_computed') }} as items
    left join {{ ref('int_exchange_rates_resolved') }} as rates
        on
            items.rate_key = rates.rate_key
            and items.valid_to_at > rates.valid_from_at
            and items.valid_to_at <= rates.valid_to_at
    where items.state in ('paying', 'paused') and items.mrr_amount > 0
),

endings as (
    select * from ranked_endings where preference = 1
),

typed as (
    select
        *,
        {{ movement_type() }} as movement_type,
        {{ movement_fx() }} as counted_fx_amount
    from netted
)

select
    typed.grain,
    typed.period_start,
    typed.customer_id,
    typed.mrr_before,
    typed.mrr_after,
    typed.trial_mrr_before,
    typed.trial_mrr_after,
    typed.committed_mrr_before,
    typed.committed_mrr_after,
    typed.is_paused_before,
    typed.is_paused_after,
    typed.movement_type,
    typed.counted_fx_amount as fx_amount,
    typed.mrr_after - typed.mrr_before - typed.counted_fx_amount as movement_amount,
    typed.mrr_before = 0 and typed.highest_mrr > 0 and typed.is_new as is_new_in_period,
    typed.mrr_before = 0 and typed.mrr_after = 0 and typed.highest_mrr > 0
        and not typed.is_paused_before and not typed.is_paused_after
        as is_intra_period_churn,
    case when typed.movement_type = 'churn' then endings.end_reason end as churn_reason,
    case when typed.movement_type = 'churn' then coalesce(reasons.churn_type, 'unknown') end as churn_type,
    {# The opening at which segments are taken: of the period, or of the day after the balance began. #}
    {{ segment_opening('typed.mrr_before', 'typed.first_paying_date', 'typed.period_start') }} as segment_date,
    {{ segment_opening('typed.trial_mrr_before', 'typed.first_trial_date', 'typed.period_start') }} as trial_segment_date,
    {{ segment_opening('typed.committed_mrr_before', 'typed.first_committed_date', 'typed.period_start') }}
        as committed_segment_date
from typed
left join endings
    on typed.customer_id = endings.customer_id and typed.churned_at = endings.valid_to_at
left join {{ ref('cancellation_reasons') }} as reasons
    on endings.end_reason = reasons.cancellation_reason
