{#-
  Whose activity an actor's is. Who is merged, internal or of a test customer may change any night without a
  new event, so it is decided here, after the state that is kept. Of two customers the one that the event
  names counts; a device that was never linked to a user is nobody's, and so is our own staff.
-#}
with actors as (
    select distinct source_id, actor_id, is_user, customer_id
    from {{ ref('int_user_years_marked') }}
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
),

{# Numbers are kept with the months, so they must not depend on who else there is. #}
numbered as (
    select
        known.source_id,
        known.actor_id,
        known.is_user,
        known.named_customer_id,
        known.user_id,
        customers.customer_id,
        {{ text_number("coalesce(customers.customer_id, '') || chr(31) || known.user_id") }} as customer_user_number
    from known
    left join {{ ref('int_customers_resolved') }} as customers
        on
            known.source_id = customers.source_id
            and known.billing_customer_id = customers.billing_customer_id
    where not coalesce(customers.is_test, false)
),

{# Two users with one number would be counted once: rather no number than a wrong one. #}
compared as (
    select
        *,
        count(*) over (partition by customer_user_number) > 1 as is_shared,
        min(user_id) over (partition by customer_user_number) as one_user_id,
        max(user_id) over (partition by customer_user_number) as other_user_id,
        min(coalesce(customer_id, '')) over (partition by customer_user_number) as one_customer_id,
        max(coalesce(customer_id, '')) over (partition by customer_user_number) as other_customer_id
    from numbered
)

select
    source_id,
    actor_id,
    is_user,
    named_customer_id,
    user_id,
    customer_id,
    case
        when one_user_id <> other_user_id or one_customer_id <> other_customer_id
            then {{ stop_run("'Users ' || one_user_id || ' and ' || other_user_id || ' have the same number.'") }}
        else customer_user_number
    end as customer_user_number,
    {{ text_number(
        "source_id || chr(31) || actor_id || chr(31) || cast(is_user as string) || chr(31)"
        ~ " || coalesce(named_customer_id, chr(30)) || chr(31) || cast(customer_user_number as string)"
    ) }} as attribution_number,
    is_shared
from compared
