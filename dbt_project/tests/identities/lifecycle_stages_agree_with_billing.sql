{#- Customers whose stage of today is not what billing says: paying or paused, gone, or not come yet. -#}
with balances as (
    select
        customer_id,
        max_by(mrr_after, changed_at) > 0 or max_by(is_paused_after, changed_at) as is_subscribed
    from {{ ref('int_customer_mrr_changed') }}
    where changed_at >= first_paid_at
    group by customer_id
),

stages as (
    select customer_id, stage_name from {{ ref('fct_lifecycle_stages') }}
    where is_current and customer_id is not null
)

select
    coalesce(balances.customer_id, stages.customer_id) as customer_id,
    balances.is_subscribed,
    stages.stage_name
from balances
full outer join stages
    on balances.customer_id = stages.customer_id
where
    case
        when balances.is_subscribed is null then 'sales'
        when balances.is_subscribed then 'subscribed'
        else 'gone'
    end
    is distinct from case
        when stages.stage_name in ('awareness', 'acquisition') then 'sales'
        when stages.stage_name = 'churn' then 'gone'
        when stages.stage_name is not null then 'subscribed'
    end
