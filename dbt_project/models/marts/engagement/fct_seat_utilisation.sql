{%- set measures = ['active_users_count', 'paid_seats_count', 'seat_customers_count'] -%}
with customers as (
    select
        grain,
        period_start,
        customer_id,
        active_users_count,
        paid_seats_count,
        1 as seat_customers_count
    from {{ ref('fct_seat_utilisation_by_customer') }}
),

{{ dense_in_segments('customers', measures) }}

select
    grain,
    period_start,
    period_end,
    is_complete,
    segment_name,
    segment_value,
    cast(active_users_count as bigint) as active_users_count,
    {{ money('paid_seats_count') }} as paid_seats_count,
    {{ exact_divide('active_users_count', 'paid_seats_count') }} as seat_utilisation_ratio,
    cast(seat_customers_count as bigint) as seat_customers_count
from dense
