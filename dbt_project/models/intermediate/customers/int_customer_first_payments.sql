select
    customer_id,
    min({{ local_date('first_paid_at') }}) as first_paid_date
from {{ ref('int_customer_mrr_changed') }}
where first_paid_at is not null
group by customer_id
