{#-
  Each month's costs, shared by the customers of the ledger's own source. Entries of one month, category, key
  and currency are shared as one sum: shared one by one, the odd cents of each would fall to the same customers.
-#}
{%- set pool = 'source_id, cost_month, cost_category, allocation_key, ledger_currency_code, billing_customer_id' -%}
with pools as (
    select
        {{ pool }},
        count(*) as ledger_entries_count,
        {{ shareable('case when count(*) = count(cost_minor) then sum(cost_minor) end', 'cost_category') }}
            as pool_minor
    from {{ ref('int_cost_entries_split') }}
    where is_measured
    group by {{ pool }}
),

weights as (
    {% for key, weight in [
        ('per_customer', 'case when is_paying then 1 else 0 end'), ('mrr', 'mrr_amount'),
        ('tickets', 'tickets_count'), ('usage', 'usage_events_count')
    ] -%}
    select source_id, cost_month, customer_id, '{{ key }}' as applied_key, {{ money(weight) }} as weight
    from {{ ref('int_customer_months_measured') }}
    where {{ weight }} > 0
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

bases as (
    select
        source_id,
        cost_month,
        applied_key,
        sum(weight) as weight_sum
    from weights
    group by source_id, cost_month, applied_key
),

{# A key under which nobody has a weight in the month is carried by those who paid in it. #}
keyed as (
    select
        pools.*,
        customers.customer_id as direct_customer_id,
        case
            when customers.customer_id is not null then 'customer'
            when asked.applied_key is not null then asked.applied_key
            when pools.allocation_key in ('mrr', 'tickets', 'usage') and payers.applied_key is not null
                then payers.applied_key
            else 'unallocated'
        end as applied_key,
        coalesce(asked.weight_sum, payers.weight_sum) as weight_sum
    from pools
    left join {{ ref('int_customers_resolved') }} as customers
        on
            pools.source_id = customers.source_id
            and pools.billing_customer_id = customers.billing_customer_id
            and not customers.is_test
    left join bases as asked
        on
            pools.source_id = asked.source_id
            and pools.cost_month = asked.cost_month
            and pools.allocation_key = asked.applied_key
    left join bases as payers
        on
            pools.source_id = payers.source_id
            and pools.cost_month = payers.cost_month
            and payers.applied_key = 'per_customer'
),

carried as (
    select
        keyed.*,
        coalesce(keyed.direct_customer_id, weights.customer_id) as customer_id,
        coalesce(weights.weight, 1) as carried_weight,
        case when weights.customer_id is null then 1 else keyed.weight_sum end as carried_weight_sum
    from keyed
    left join weights
        on
            keyed.source_id = weights.source_id
            and keyed.cost_month = weights.cost_month
            and keyed.applied_key = weights.applied_key
),

shared as (
    select
        *,
        {{ signed_share('pool_minor', 'carried_weight', 'carried_weight_sum', pool, 'customer_id') }} as cost_minor
    from carried
)

select
    shared.source_id,
    shared.cost_month,
    shared.cost_category,
    shared.allocation_key,
    shared.applied_key,
    shared.ledger_currency_code,
    shared.customer_id,
    cast(sum(shared.ledger_entries_count) as bigint) as ledger_entries_count,
    {{ money('sum(shared.carried_weight)') }} as weight,
    {{ money('sum(shared.carried_weight_sum)') }} as weight_sum,
    {{ exact_divide('sum(shared.cost_minor)', 'max(cast(power(10, reporting.minor_unit_exponent) as bigint))') }} as cost_amount
from shared
inner join {{ ref('currencies') }} as reporting
    on reporting.currency_code = '{{ var("reporting_currency") }}'
group by
    shared.source_id, shared.cost_month, shared.cost_category, shared.allocation_key, shared.applied_key,
    shared.ledger_currency_code, shared.customer_id
