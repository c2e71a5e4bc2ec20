{#- What customers brought so far is the net revenue of all years, and repeat purchases are no more than all. -#}
with customers as (
    select
        coalesce(sum(historic_value_amount), 0) as historic_value_amount,
        count_if(
            repeat_purchases_count <> purchases_count - 1 or recency_days > age_days or recency_days < repeat_purchases_count
        ) as impossible_customers_count
    from {{ ref('fct_customer_lifetime_value') }}
),

years as (
    select coalesce(sum(net_revenue_amount), 0) as net_revenue_amount
    from {{ ref('fct_revenue') }}
    where grain = 'year' and segment_name = 'all'
)

select
    customers.historic_value_amount,
    customers.impossible_customers_count,
    years.net_revenue_amount
from customers
cross join years
where
    customers.historic_value_amount <> years.net_revenue_amount
    or customers.impossible_customers_count > 0
