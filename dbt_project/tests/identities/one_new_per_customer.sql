{#- Customers who are new more than once, in the events or in the periods of one grain. -#}
with news as (
    select 'instant' as grain, customer_id
    from {{ ref('fct_mrr_changes') }}
    where movement_type = 'new'
    union all
    select grain, customer_id
    from {{ ref('fct_mrr_movements') }}
    where movement_type = 'new' and grain <> '{{ trailing_grain() }}'
)

select
    grain,
    customer_id,
    count(*) as news_count
from news
group by grain, customer_id
having count(*) > 1
