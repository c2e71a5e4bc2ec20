{#-
  What sales knows of a company at the end of each day on which it changed: stages of the CRM, trials and
  subscriptions without a payment yet. A company is the customer of its accounts or, before there is one, the
  account.
-#}
{#- In their order: of two entries at one instant the further one holds, since it takes a lead to be an opportunity. -#}
{%- set stages = {
    'subscriber': 'awareness', 'lead': 'awareness', 'marketing_qualified_lead': 'awareness',
    'sales_qualified_lead': 'acquisition', 'opportunity': 'acquisition',
} -%}
with accounts as (
    select
        source_id,
        account_id,
        max_by(customer_id, case when customer_id is not null then valid_from_at end) as billing_customer_id,
        max(case when valid_to_at is null and is_deleted then valid_from_at end) as deleted_at
    from {{ ref('stg_crm__accounts') }}
    group by source_id, account_id
),

known as (
    select
        accounts.source_id,
        accounts.account_id,
        accounts.deleted_at,
        customers.customer_id,
        coalesce(customers.is_test, false) as is_test
    from accounts
    left join {{ ref('int_customers_resolved') }} as customers
        on
            accounts.source_id = customers.source_id
            and accounts.billing_customer_id = customers.billing_customer_id
),

sources as (
    select distinct customer_id, source_id from {{ ref('int_customers_resolved') }}
),

told as (
    select
        coalesce(known.customer_id, entries.source_id || ':account:' || entries.account_id) as company_id,
        entries.source_id,
        known.customer_id,
        case when known.customer_id is null then entries.account_id end as account_id,
        entries.entered_at,
        case entries.stage_name
            {% for name, stage in stages.items() -%}
            when '{{ name }}' then '{{ stage }}'
            {% endfor %}
        end as stage_name,
        entries.stage_name as entry_reason,
        case entries.stage_name
            {% for name in stages -%}
            when '{{ name }}' then {{ loop.index }}
            {% endfor %}
        end as entry_rank
    from {{ ref('stg_crm__lifecycle_stages') }} as entries
    left join known
        on entries.source_id = known.source_id and entries.account_id = known.account_id
    where
        entries.stage_name in ('{{ stages | join("', '") }}')
        and entries.entered_at >= cast('{{ var("calendar_floor_date") }}' as timestamp)
        and not coalesce(known.is_test, false)
    union all
    {# Who was deleted in the CRM and never came to be a customer is no longer anywhere. #}
    select
        source_id || ':account:' || account_id as company_id,
        source_id,
        customer_id,
        account_id,
        deleted_at as entered_at,
        'none' as stage_name,
        'deleted_in_crm' as entry_reason,
        0 as entry_rank
    from known
    where deleted_at is not null and customer_id is null
    union all
    select
        changes.customer_id as company_id,
        sources.source_id,
        changes.customer_id,
        cast(null as string) as account_id,
        changes.changed_at as entered_at,
        'acquisition' as stage_name,
        case when changes.trial_mrr_after > 0 then 'trial' else 'subscription_without_payment' end as entry_reason,
        {{ stages | length + 1 }} as entry_rank
    from {{ ref('int_customer_mrr_changed') }} as changes
    inner join sources
        on changes.customer_id = sources.customer_id
    where
        changes.changed_at < coalesce(changes.first_paid_at, {{ forever() }})
        and (
            (changes.trial_mrr_before = 0 and changes.trial_mrr_after > 0)
            or (changes.committed_mrr_before = 0 and changes.committed_mrr_after > 0 and changes.trial_mrr_after = 0)
        )
),

ranked as (
    select
        *,
        {{ local_date('entered_at') }} as entered_date,
        row_number() over (
            partition by company_id, {{ local_date('entered_at') }}
            order by entered_at desc, entry_rank desc, entry_reason
        ) as recency
    from told
)

select
    company_id,
    source_id,
    customer_id,
    account_id,
    entered_date,
    stage_name,
    entry_reason
from ranked
where recency = 1
