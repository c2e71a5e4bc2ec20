{#- Customers whose movements in a period, or at an instant, do not lead from one balance to the other. -#}
with moved as (
    select
        grain,
        cast(period_start as timestamp) as moved_at,
        customer_id,
        min(starting_mrr_amount) as starting_mrr_amount,
        max(ending_mrr_amount) as ending_mrr_amount,
        sum(movement_amount) as movement_amount
    from {{ ref('fct_mrr_movements') }}
    group by grain, period_start, customer_id
    union all
    select
        'instant' as grain,
        changed_at as moved_at,
        customer_id,
        min(starting_mrr_amount) as starting_mrr_amount,
        max(ending_mrr_amount) as ending_mrr_amount,
        sum(movement_amount) as movement_amount
    from {{ ref('fct_mrr_changes') }}
    group by changed_at, customer_id
),

followed as (
    select
        *,
        coalesce(
            lag(ending_mrr_amount) over (partition by grain, customer_id order by moved_at), 0
        ) as previous_mrr_amount
    from moved
    where grain <> '{{ trailing_grain() }}'
)

select *
from followed
where
    starting_mrr_amount + movement_amount <> ending_mrr_amount
    or starting_mrr_amount <> previous_mrr_amount
