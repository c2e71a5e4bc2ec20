{#- Who in a merge cycle has no survivor keeps its own name, and a test fails. -#}
with {{ resolved_merges(ref('stg_crm__account_merges'), 'customer_id') }},

{# Whoever first comes after as_of is not there yet, however early that is known. #}
named as (
    select source_id, customer_id, is_test
    from {{ ref('stg_billing__customers') }}
    where created_at < {{ as_of() }}
    {% for model, begins_at in [
        ('subscriptions', 'start_at'), ('subscription_periods', 'start_at'), ('invoices', 'issued_at'),
        ('payments', 'attempted_at'), ('refunds', 'refunded_at')
    ] -%}
    union all
    select source_id, customer_id, false as is_test
    from {{ ref('stg_billing__' ~ model) }}
    where customer_id is not null and {{ begins_at }} < {{ as_of() }}
    {% endfor -%}
),

billed as (
    select
        source_id,
        customer_id,
        bool_or(is_test) as is_test
    from named
    group by source_id, customer_id
)

select
    billed.source_id,
    billed.customer_id as billing_customer_id,
    billed.source_id || ':' || case
        when resolved.customer_id is null or resolved.is_merge_cycle then billed.customer_id
        else resolved.target_id
    end as customer_id,
    resolved.customer_id is not null as is_merged,
    coalesce(resolved.is_merge_cycle, false) as is_merge_cycle,
    billed.is_test
from billed
left join resolved
    on billed.source_id = resolved.source_id and billed.customer_id = resolved.customer_id
