{#- Whose an e-mail address is: a customer's that it bills or whose user has it, and a person's under any login. -#}
with logins as (
    select
        users.source_id,
        users.email,
        users.customer_id,
        resolved.resolved_user_id,
        resolved.billing_customer_id as resolved_customer_id
    from {{ ref('stg_usage__users') }} as users
    inner join {{ ref('int_users_resolved') }} as resolved
        on users.source_id = resolved.source_id and users.user_id = resolved.user_id
),

of_customers as (
    select source_id, customer_id, email from {{ ref('stg_billing__customers') }}
    union all
    select source_id, customer_id, email from logins
    union all
    select source_id, resolved_customer_id as customer_id, email from logins
)

select distinct
    'customer' as owner_type,
    customers.customer_id as owner_id,
    lower(trim(of_customers.email)) as email
from of_customers
inner join {{ ref('int_customers_resolved') }} as customers
    on
        of_customers.source_id = customers.source_id
        and of_customers.customer_id = customers.billing_customer_id
where trim(of_customers.email) <> ''
union all
select distinct
    'user' as owner_type,
    source_id || ':' || resolved_user_id as owner_id,
    lower(trim(email)) as email
from logins
where trim(email) <> ''
