select
    source_id,
    cost_month,
    cost_category,
    allocation_key,
    applied_key,
    ledger_currency_code,
    customer_id,
    applied_key <> 'unallocated' as is_allocated,
    '{{ var("reporting_currency") }}' as currency_code,
    {{ money('cost_amount') }} as cost_amount,
    ledger_entries_count,
    weight,
    weight_sum
from {{ ref('int_costs_allocated') }}
