{#- A person of several logins signed up with the first of them, and has access as long as the last that survives. -#}
select
    persons.source_id,
    persons.source_id || ':' || persons.resolved_user_id as user_id,
    max(customers.customer_id) as customer_id,
    {{ local_date('min(users.created_at)') }} as created_date,
    {{ local_date("max(case when users.user_id = persons.resolved_user_id then users.deactivated_at end)") }} as deactivated_date
from {{ ref('stg_usage__users') }} as users
inner join {{ ref('int_users_resolved') }} as persons
    on users.source_id = persons.source_id and users.user_id = persons.user_id
left join {{ ref('int_customers_resolved') }} as customers
    on
        persons.source_id = customers.source_id
        and persons.billing_customer_id = customers.billing_customer_id
where
    not persons.is_internal
    and not coalesce(customers.is_test, false)
    and users.created_at < {{ as_of() }}
group by persons.source_id, persons.resolved_user_id
