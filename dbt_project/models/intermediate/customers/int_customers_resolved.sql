{# Pointer doubling: n steps resolve chains of up to 2^n merges. #}
{%- set steps = 5 -%}

with merged as (
    select
        source_id,
        merged_customer_id as customer_id,
        max_by(surviving_customer_id, merged_at) as target_id
    from {{ ref('stg_crm__account_merges') }}
    where merged_customer_id <> surviving_customer_id
    group by source_id, merged_customer_id
),

step_0 as (
    select * from merged
),
{% for step in range(1, steps + 1) %}
step_{{ step }} as (
    select
        here.source_id,
        here.customer_id,
        coalesce(onward.target_id, here.target_id) as target_id
    from step_{{ step - 1 }} as here
    left join step_{{ step - 1 }} as onward
        on here.source_id = onward.source_id and here.target_id = onward.customer_id
),
{% endfor %}
{# Whoever still points at a merged customer is in a cycle: it keeps its own name and a test fails. #}
resolved as (
    select
        last_step.source_id,
        last_step.customer_id,
        last_step.target_id,
        still_merged.customer_id is not null as is_merge_cycle
    from step_{{ steps }} as last_step
    left join merged as still_merged
        on
            last_step.source_id = still_merged.source_id
            and last_step.target_id = still_merged.customer_id
),

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
