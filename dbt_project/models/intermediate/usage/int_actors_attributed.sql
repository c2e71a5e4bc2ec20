{#-
  Whose activity an actor's is. Who is merged, internal or of a test customer may change any night without a
  new event, so it is decided here, after the state that is kept. Of two customers the one that the event
  names counts; a device that was never linked to a user is nobody's, and so is our own staff.
-#}
with actors as (
    select distinct source_id, actor_id, is_user, customer_id
    from {{ ref('int_user_months_marked') }}
),

known as (
    select
        actors.source_id,
        actors.actor_id,
        actors.is_user,
        actors.customer_id as named_customer_id,
        actors.source_id || ':' || coalesce(users.resolved_user_id, actors.actor_id) as user_id,
        coalesce(actors.customer_id, users.billing_customer_id) as billing_customer_id
    from actors
    left join {{ ref('int_users_resolved') }} as users
        on actors.source_id = users.source_id and actors.actor_id = users.user_id
    where (actors.is_user or users.user_id is not null) and not coalesce(users.is_internal, false)
)

select
    known.source_id,
    known.actor_id,
    known.is_user,
    known.named_customer_id,
    known.user_id,
    customers.customer_id,
    dense_rank() over (order by customers.customer_id nulls first, known.user_id) as customer_user_number,
    count(*) over (partition by customers.customer_id, known.user_id) > 1 as is_shared
from known
left join {{ ref('int_customers_resolved') }} as customers
    on
        known.source_id = customers.source_id
        and known.billing_customer_id = customers.billing_customer_id
where not coalesce(customers.is_test, false)
