with customers as (
    {{ current_of('billing_customers', key=['customer_id'], effective_at='updated_at') }}
)

select
    source_id,
    customer_id,
    customer_name,
    email,
    upper(country_code) as country_code,
    currency_code,
    coalesce(is_test, false) as is_test,
    created_at,
    deleted_at
from customers
