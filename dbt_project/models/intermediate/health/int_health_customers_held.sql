{#- A merge that a snapshot can't know yet has not happened at it. -#}
with {{ held_merges('crm_account_merges', 'customer_id') }},

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
    from {{ ref('int_customers_resolved') }} as customers
    left join followed
        on customers.source_id = followed.source_id and customers.billing_customer_id = followed.customer_id
    group by customers.source_id, customers.billing_customer_id
)

select
    source_id,
    customer_id as billing_customer_id,
    source_id || ':' || target_id as customer_id,
    held_from_date,
    held_to_date
from followed
union all
select
    source_id,
    customer_id as billing_customer_id,
    source_id || ':' || customer_id as customer_id,
    held_from_date,
    held_to_date
from alone
where held_from_date < held_to_date
