{#-
  When a customer left for the purpose of a label: when it cancelled everything that it still paid for, though
  access ran on, or else when it stopped paying. The ledger decides who stopped: a pause is none unless folded,
  and neither is a merge or another subscription that goes on.
-#}
with items as (
    select
        customer_id, source_id, subscription_id, valid_from_at, valid_to_at, end_reason,
        mrr_amount
    from {{ ref('int_item_mrr_computed') }}
    where state = 'paying' and mrr_amount > 0
),

subscriptions as (
    select
        customer_id,
        source_id,
        subscription_id,
        min(valid_from_at) as valid_from_at,
        max(valid_to_at) as valid_to_at
    from items
    group by customer_id, source_id, subscription_id
),

noticed as (
    select
        subscriptions.customer_id,
        subscriptions.source_id,
        subscriptions.subscription_id,
        notices.noticed_at,
        least(notices.withdrawn_at, subscriptions.valid_to_at) as running_to_at
    from {{ ref('int_churn_notices_dated') }} as notices
    inner join subscriptions
        on
            notices.source_id = subscriptions.source_id
            and notices.subscription_id = subscriptions.subscription_id
            and notices.noticed_at >= subscriptions.valid_from_at
            and notices.noticed_at < subscriptions.valid_to_at
),

{# Nothing else is paid for that is not cancelled as well, nor begins before the end: that is a switch. #}
cancellations as (
    select
        noticed.customer_id,
        noticed.noticed_at as left_at
    from noticed
    left join items as others
        on
            noticed.customer_id = others.customer_id
            and (noticed.source_id <> others.source_id or noticed.subscription_id <> others.subscription_id)
            and others.valid_from_at <= noticed.running_to_at
            and others.valid_to_at > noticed.noticed_at
    left join noticed as also_noticed
        on
            others.source_id = also_noticed.source_id
            and others.subscription_id = also_noticed.subscription_id
            and also_noticed.noticed_at <= noticed.noticed_at
            and also_noticed.running_to_at > noticed.noticed_at
    group by noticed.customer_id, noticed.source_id, noticed.subscription_id, noticed.noticed_at
    having count_if(others.customer_id is not null and also_noticed.customer_id is null) = 0
),

stopped as (
    select
        customer_id,
        changed_at as left_at
    from {{ ref('int_customer_mrr_changed') }}
    where mrr_after = 0 and not is_paused_after and (mrr_before > 0 or is_paused_before)
),

{# Why the largest item that ended at that instant did so. #}
ranked_endings as (
    select
        stopped.customer_id,
        stopped.left_at,
        reasons.churn_type,
        row_number() over (
            partition by stopped.customer_id, stopped.left_at
            order by items.mrr_amount desc, items.source_id, items.subscription_id, items.valid_from_at
        ) as preference
    from stopped
    left join items
        on stopped.customer_id = items.customer_id and stopped.left_at = items.valid_to_at
    left join {{ ref('cancellation_reasons') }} as reasons
        on items.end_reason = reasons.cancellation_reason
)

select
    customer_id,
    left_at,
    'voluntary' as churn_kind,
    'cancellation_recorded' as left_by
from cancellations
union
select
    customer_id,
    left_at,
    case when churn_type = 'involuntary' then 'involuntary' else 'voluntary' end as churn_kind,
    case when churn_type = 'involuntary' then 'payment_not_recovered' else 'not_renewed' end as left_by
from ranked_endings
where preference = 1
