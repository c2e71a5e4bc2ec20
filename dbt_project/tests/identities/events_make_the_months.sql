{#- Customers and months in which single movements do not add up to the net movements of the month. -#}
with moved as (
    select
        {{ period_start('month', 'change_date') }} as period_start,
        customer_id,
        movement_amount as event_amount,
        0 as period_amount
    from {{ ref('fct_mrr_changes') }}
    union all
    select
        period_start,
        customer_id,
        0 as event_amount,
        movement_amount as period_amount
    from {{ ref('fct_mrr_movements') }}
    where grain = 'month'
)

select
    period_start,
    customer_id,
    sum(event_amount) as event_amount,
    sum(period_amount) as period_amount
from moved
group by period_start, customer_id
having sum(event_amount) <> sum(period_amount)
