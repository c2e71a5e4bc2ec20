{#-
  When each customer's onboarding started under `onboarding_starts_at`, and until when the customer was with us:
  the last instant of any subscription, tried, paid or paused. Who came back has never left. A milestone that nobody of
  a source ever reached is not measured there: it says nothing of anybody.
-#}
{%- set policy = var('onboarding_starts_at') -%}
{%- set roles = {'first_login': 'login', 'kickoff': 'kickoff'} -%}
{%- if policy not in ['first_subscription', 'account_created'] + roles.keys() | list -%}
    {{ exceptions.raise_compiler_error(
        "onboarding_starts_at is '" ~ policy ~ "'; use first_subscription, account_created, first_login or kickoff"
    ) }}
{%- endif -%}

with accounts as (
    select
        customers.customer_id,
        customers.source_id,
        min(billing.created_at) as created_at
    from {{ ref('int_customers_resolved') }} as customers
    left join {{ ref('stg_billing__customers') }} as billing
        on
            customers.source_id = billing.source_id
            and customers.billing_customer_id = billing.customer_id
            and billing.created_at < {{ as_of() }}
    where not customers.is_test
    group by customers.customer_id, customers.source_id
),

spans as (
    select
        customer_id,
        valid_from_at,
        valid_to_at,
        max(valid_to_at) over (
            partition by customer_id order by valid_from_at, valid_to_at
            rows between unbounded preceding and 1 preceding
        ) as subscribed_until_at
    from {{ ref('int_item_mrr_computed') }}
    where valid_from_at < {{ as_of() }} and valid_from_at < valid_to_at
),

subscribed as (
    select
        customer_id,
        min(valid_from_at) as first_subscribed_at,
        max(valid_to_at) as last_subscribed_at,
        min(case when valid_from_at > subscribed_until_at then valid_from_at end) as returned_at
    from spans
    group by customer_id
),

measured as (
    select
        source_id,
        max(case when milestone_role = 'completion' then 1 else 0 end) = 1 as is_completion_measured,
        max(case when milestone_role = 'value' then 1 else 0 end) = 1 as is_value_measured
    from {{ ref('int_milestones_reached') }}
    group by source_id
),

started as (
    {% if policy in roles -%}
    select customer_id, min(reached_at) as started_at
    from {{ ref('int_milestones_reached') }}
    where milestone_role = '{{ roles[policy] }}'
    group by customer_id
    {%- elif policy == 'account_created' -%}
    select customer_id, created_at as started_at from accounts
    {%- else -%}
    select customer_id, first_subscribed_at as started_at from subscribed
    {%- endif %}
)

select
    accounts.customer_id,
    accounts.source_id,
    started.started_at,
    case when subscribed.last_subscribed_at < {{ as_of() }} then subscribed.last_subscribed_at end as left_at,
    subscribed.returned_at,
    measured.is_completion_measured,
    measured.is_value_measured
from accounts
inner join measured on accounts.source_id = measured.source_id
left join subscribed on accounts.customer_id = subscribed.customer_id
left join started on accounts.customer_id = started.customer_id
