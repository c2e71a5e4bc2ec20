{#- Reactivations of customers whose last movement before, rates aside, was not a churn. -#}
with followed as (
    select
        customer_id,
        changed_at,
        movement_type,
        lag(movement_type) over (partition by customer_id order by changed_at) as previous_type
    from {{ ref('fct_mrr_changes') }}
    where movement_type <> 'fx'
)

select *
from followed
where
    (movement_type = 'reactivation' and previous_type is distinct from 'churn')
    or (movement_type = 'resume' and previous_type is distinct from 'pause')
