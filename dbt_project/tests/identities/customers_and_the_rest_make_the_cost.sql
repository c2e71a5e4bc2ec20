{#- What each customer carries, and what nobody does, is the cost of the period, and their revenue its revenue. -#}
with customers as (
    select
        grain,
        period_start,
        sum(cost_amount) as cost_amount,
        sum(cost_to_carry_amount) as cost_to_carry_amount,
        sum(recurring_revenue_amount) as recurring_revenue_amount,
        count_if(is_carried_at_a_loss) as customers_at_a_loss_count
    from {{ ref('fct_customer_profitability') }}
    group by grain, period_start
),

ledger as (
    select
        cost_month,
        sum(cost_amount) as cost_amount,
        sum(case when is_allocated then 0 else cost_amount end) as unallocated_cost_amount
    from {{ ref('fct_cost_allocated') }}
    group by cost_month
)

select
    costs.grain,
    costs.period_start
from {{ ref('fct_cost') }} as costs
left join customers
    on costs.grain = customers.grain and costs.period_start = customers.period_start
left join ledger
    on costs.grain = 'month' and costs.period_start = ledger.cost_month
where
    costs.segment_name = 'all'
    and (
        costs.cost_amount <> coalesce(customers.cost_amount, 0) + costs.unallocated_cost_amount
        or costs.recurring_revenue_amount <> coalesce(customers.recurring_revenue_amount, 0)
        or costs.customers_at_a_loss_count <> coalesce(customers.customers_at_a_loss_count, 0)
        or (costs.unallocated_cost_amount = 0 and costs.cost_to_carry_amount <> coalesce(customers.cost_to_carry_amount, 0))
        or costs.customer_success_to_carry_amount + costs.support_to_carry_amount
        + costs.product_development_to_carry_amount + costs.other_to_carry_amount <> costs.cost_to_carry_amount
        or (costs.grain = 'month' and costs.cost_amount <> coalesce(ledger.cost_amount, 0))
        or (costs.grain = 'month' and costs.unallocated_cost_amount <> coalesce(ledger.unallocated_cost_amount, 0))
    )
