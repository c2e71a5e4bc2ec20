{#- A merge that a snapshot can't know yet has not happened at it. -#}
with {{ held_merges('crm_account_merges', 'customer_id') }},

{# Whom billing does not know is nobody, and so is a test customer, whoever it was merged into. #}
customers as (
    select source_id, billing_customer_id
    from {{ ref('int_customers_resolved') }}
    where not is_test
),

{# Where it stands for nobody else, a customer stands for itself. #}
alone as (
    select
        source_id,
        customer_id,
        held_to_date as held_from_date,
        coalesce(
            lead(held_from_date) over (partition by source_id, customer_id order by held_from_date), {{ never() }}
        ) as held_to_date
    from followed
    union all
    select
        customers.source_id,
        customers.billing_customer_id as customer_id,
        {{ always() }} as held_from_date,
        coalesce(min(followed.held_from_date), {{ never() }}) as held_to_date
    from customers
    left join followed
        on customers.source_id = followed.source_id and customers.billing_customer_id = followed.customer_id
    group by customers.source_id, customers.billing_customer_id
),

standing as (
    select source_id, customer_id, target_id, held_from_date, held_to_date from followed
    union all
    select source_id, customer_id, customer_id as target_id, held_from_date, held_to_date from alone
    where held_from_date < held_to_date
)

select
    standing.source_id,
    standing.customer_id as billing_customer_id,
    standing.source_id || ':' || standing.target_id as customer_id,
    standing.held_from_date,
    standing.held_to_date
from standing
inner join customers
    on standing.source_id = customers.source_id and standing.customer_id = customers.billing_customer_id
