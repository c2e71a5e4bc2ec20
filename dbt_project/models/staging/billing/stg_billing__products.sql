with products as (
    {{ current_of('billing_products', key=['product_id']) }}
)

select
    source_id,
    product_id,
    product_name,
    product_family,
    coalesce(is_active, true) as is_active,
    created_at
from products
