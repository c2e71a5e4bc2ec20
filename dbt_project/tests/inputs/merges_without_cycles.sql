{#- Customers that are merged into themselves over others: correct crm_account_merges. -#}
select
    source_id,
    billing_customer_id
from {{ ref('int_customers_resolved') }}
where is_merge_cycle
