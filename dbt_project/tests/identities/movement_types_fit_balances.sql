{#- Movements whose type, sign or amount does not fit the balances before and after, in either ledger. -#}
with moved as (
    select
        'instant' as grain,
        change_date as period_start,
        customer_id, movement_type, movement_amount, starting_mrr_amount, ending_mrr_amount
    from {{ ref('fct_mrr_changes') }}
    union all
    select
        grain, period_start,
        customer_id, movement_type, movement_amount, starting_mrr_amount, ending_mrr_amount
    from {{ ref('fct_mrr_movements') }}
)

select *
from moved
where
    starting_mrr_amount < 0
    or ending_mrr_amount < 0
    or not case movement_type
        when 'expansion' then starting_mrr_amount > 0 and ending_mrr_amount > 0 and movement_amount > 0
        when 'contraction' then starting_mrr_amount > 0 and ending_mrr_amount > 0 and movement_amount < 0
        when 'fx' then starting_mrr_amount > 0 and ending_mrr_amount > 0 and movement_amount <> 0
        when 'churn' then ending_mrr_amount = 0 and movement_amount = -starting_mrr_amount
        when 'pause'
            then starting_mrr_amount > 0 and ending_mrr_amount = 0 and movement_amount = -starting_mrr_amount
        else starting_mrr_amount = 0 and ending_mrr_amount > 0 and movement_amount = ending_mrr_amount
    end
