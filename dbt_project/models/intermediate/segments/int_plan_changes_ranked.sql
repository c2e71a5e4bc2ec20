{#-
  Main plan of a customer after every instant at which its items or their order changed: the one with most MRR,
  a trial's while nothing is paid.
-#}
with items as (
    select * from {{ ref('int_item_mrr_computed') }}
    where state in ('paying', 'trial') and mrr_amount > 0 and valid_from_at < {{ as_of() }}
),

{# Where two rates are compared, each move of one of them may change the order. #}
several as (
    select customer_id from items
    group by customer_id
    having count(distinct rate_key) > 1
),

instants as (
    select customer_id, valid_from_at as changed_at from items
    union
    select customer_id, valid_to_at as changed_at from items
    where valid_to_at < {{ as_of() }}
    union
    select changes.customer_id, changes.changed_at
    from {{ ref('int_customer_mrr_changed') }} as changes
    inner join several on changes.customer_id = several.customer_id
),

ranked as (
    select
        instants.customer_id,
        instants.changed_at,
        items.plan_name,
        items.billing_interval,
        items.billing_interval_count,
        row_number() over (
            partition by instants.customer_id, instants.changed_at
            order by
                case items.state when 'paying' then 1 when 'trial' then 2 end nulls last,
                items.mrr_amount * coalesce(rates.exchange_rate, 1) desc nulls last,
                items.source_id,
                items.subscription_item_id,
                items.valid_from_at
        ) as preference
    from instants
    left join items
        on
            instants.customer_id = items.customer_id
            and instants.changed_at >= items.valid_from_at
            and instants.changed_at < items.valid_to_at
    left join {{ ref('int_exchange_rates_resolved') }} as rates
        on
            items.rate_key = rates.rate_key
            and instants.changed_at >= rates.valid_from_at
            and instants.changed_at < rates.valid_to_at
),

{# After a churn the last plan stays known, so that whatever comes back is compared with it. #}
dated as (
    select
        customer_id,
        {{ local_date('changed_at') }} as change_date,
        changed_at,
        plan_name,
        case
            when billing_interval is null then null
            when billing_interval_count = 1 then billing_interval
            else cast(billing_interval_count as string) || ' ' || billing_interval || 's'
        end as billing_interval
    from ranked
    where preference = 1
)

select
    customer_id,
    change_date,
    {# Engines differ in whether the last value may be NULL: the last that is known is meant. #}
    max_by(plan_name, case when plan_name is not null then changed_at end) as plan_name,
    max_by(billing_interval, case when billing_interval is not null then changed_at end) as billing_interval
from dated
group by customer_id, change_date
