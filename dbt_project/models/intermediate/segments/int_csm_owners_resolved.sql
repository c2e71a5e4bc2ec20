{#- Owner of each customer after every instant at which it changed: of the assignments in force the latest one. -#}
with assignments as (
    select
        customers.customer_id,
        assignments.csm_id,
        assignments.assigned_at,
        assignments.unassigned_at
    from {{ ref('stg_crm__csm_assignments') }} as assignments
    inner join {{ ref('int_customers_resolved') }} as customers
        on
            assignments.source_id = customers.source_id
            and assignments.customer_id = customers.billing_customer_id
    where not customers.is_test and assignments.assigned_at < {{ as_of() }}
),

beginnings as (
    select distinct customer_id, assigned_at from assignments
),

followed as (
    select
        *,
        lead(assigned_at) over (partition by customer_id order by assigned_at) as next_assigned_at
    from beginnings
),

{# Without an end of its own an assignment lasts until the next one. #}
ended as (
    select
        assignments.customer_id,
        assignments.csm_id,
        assignments.assigned_at,
        coalesce(assignments.unassigned_at, followed.next_assigned_at, {{ forever() }}) as unassigned_at
    from assignments
    inner join followed
        on
            assignments.customer_id = followed.customer_id
            and assignments.assigned_at = followed.assigned_at
),

instants as (
    select customer_id, assigned_at as changed_at from ended
    union
    select customer_id, unassigned_at as changed_at from ended
    where unassigned_at < {{ as_of() }}
),

ranked as (
    select
        instants.customer_id,
        instants.changed_at,
        ended.csm_id,
        row_number() over (
            partition by instants.customer_id, instants.changed_at
            order by ended.assigned_at desc nulls last, ended.csm_id
        ) as preference
    from instants
    left join ended
        on
            instants.customer_id = ended.customer_id
            and instants.changed_at >= ended.assigned_at
            and instants.changed_at < ended.unassigned_at
)

select
    customer_id,
    changed_at,
    csm_id
from ranked
where preference = 1
