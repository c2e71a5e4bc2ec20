{#- Customers whose first payment is not their one new movement. -#}
with news as (
    select
        customer_id,
        min(changed_at) as new_at,
        count(*) as news_count
    from {{ ref('fct_mrr_changes') }}
    where movement_type = 'new'
    group by customer_id
)

select
    customers.customer_id,
    customers.first_paid_at,
    news.new_at,
    news.news_count
from {{ ref('dim_customers') }} as customers
left join news
    on customers.customer_id = news.customer_id
where
    customers.first_paid_at is distinct from news.new_at
    or news.news_count > 1
