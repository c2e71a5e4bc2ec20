{#-
  When each customer first reached each milestone. An event counts for the customer that it names, else for its
  user's; what internal users do reaches nothing.
-#}
{%- set project_dates = ['created_at', 'kickoff_at', 'setup_completed_at', 'completed_at'] -%}
with event_months as (
    select
        months.source_id,
        months.event_name,
        coalesce(months.customer_id, users.billing_customer_id) as billing_customer_id,
        min(months.first_occurred_at) as reached_at,
        sum(months.event_count) as visits_count
    from {{ ref('int_milestone_months_marked') }} as months
    left join {{ ref('int_users_resolved') }} as users
        on months.source_id = users.source_id and months.actor_id = users.user_id
    where months.event_name is not null and not coalesce(users.is_internal, false)
    group by months.source_id, months.event_name, coalesce(months.customer_id, users.billing_customer_id)
),

told as (
    select
        source_id,
        billing_customer_id,
        'usage_event' as source_name,
        event_name,
        reached_at,
        visits_count
    from event_months
    {% for name in project_dates -%}
    union all
    select
        source_id,
        customer_id as billing_customer_id,
        'onboarding_project' as source_name,
        '{{ name }}' as event_name,
        {{ name }} as reached_at,
        0 as visits_count
    from {{ ref('stg_crm__onboarding_projects') }}
    where {{ name }} < {{ as_of() }}
    {% endfor %}
)

select
    customers.customer_id,
    milestones.milestone_name,
    milestones.milestone_order,
    milestones.milestone_role,
    min(told.source_id) as source_id,
    min(told.reached_at) as reached_at,
    cast(sum(told.visits_count) as bigint) as visits_count
from told
inner join {{ ref('milestones') }} as milestones
    on told.source_name = milestones.source_name and told.event_name = milestones.event_name
inner join {{ ref('int_customers_resolved') }} as customers
    on told.source_id = customers.source_id and told.billing_customer_id = customers.billing_customer_id
where not customers.is_test
group by
    customers.customer_id, milestones.milestone_name, milestones.milestone_order, milestones.milestone_role
