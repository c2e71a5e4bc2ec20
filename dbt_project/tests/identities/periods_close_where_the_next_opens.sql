{#- Periods whose close is not what the next one of the same grain opens with, over all customers. -#}
with followed as (
    select
        grain,
        period_start,
        ending_mrr_amount,
        ending_customers_count,
        lead(starting_mrr_amount) over by_period as next_starting_mrr_amount,
        lead(starting_customers_count) over by_period as next_starting_customers_count
    from {{ ref('fct_mrr_roll_forward') }}
    where segment_name = 'all' and grain <> '{{ trailing_grain() }}'
    window by_period as (partition by grain order by period_start)
)

select *
from followed
where
    next_starting_mrr_amount <> ending_mrr_amount
    or next_starting_customers_count <> ending_customers_count
