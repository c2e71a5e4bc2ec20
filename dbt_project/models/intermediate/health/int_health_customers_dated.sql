{#-
  A customer's first payment is that of all that a snapshot knows to be merged into it. Seats are compared with
  those of 26 weeks before, or with the first paid ones of a younger customer.
-#}
with payments as (
    select
        source_id,
        billing_customer_id,
        held_from_date,
        min(valid_from_at) as first_paid_at
    from {{ ref('int_health_items_held') }}
    group by source_id, billing_customer_id, held_from_date
),

first_payments as (
    select
        customers.customer_id,
        greatest(payments.held_from_date, customers.held_from_date) as held_from_date,
        customers.held_to_date,
        payments.first_paid_at
    from payments
    inner join {{ ref('int_health_customers_held') }} as customers
        on
            payments.source_id = customers.source_id
            and payments.billing_customer_id = customers.billing_customer_id
),

summed as (
    select
        source_id,
        customer_id,
        as_of_date,
        snapshot_at,
        is_weekly,
        is_month_start,
        grid_date,
        weeks_ago,
        sum(seat_count) as seat_count,
        {{ money('sum(mrr_amount)') }} as mrr_amount
    from {{ ref('int_health_subscriptions_dated') }}
    group by all
),

paid as (
    select
        summed.*,
        first_payments.first_paid_at,
        greatest({{ add_days_to_instant('summed.snapshot_at', -182) }}, first_payments.first_paid_at) as compared_at,
        row_number() over (
            partition by summed.customer_id, summed.as_of_date order by first_payments.first_paid_at
        ) as payment_number
    from summed
    inner join first_payments
        on
            summed.customer_id = first_payments.customer_id
            and {{ held_on('first_payments', 'summed.as_of_date') }}
),

compared as (
    select * from paid
    where payment_number = 1
),

earlier_subscriptions as (
    select
        compared.customer_id,
        compared.as_of_date,
        items.source_id,
        items.subscription_id,
        max(items.quantity) as seat_count
    from compared
    inner join {{ ref('int_health_customers_held') }} as customers
        on
            compared.customer_id = customers.customer_id
            and {{ held_on('customers', 'compared.as_of_date') }}
    inner join {{ ref('int_health_items_held') }} as items
        on
            customers.source_id = items.source_id
            and customers.billing_customer_id = items.billing_customer_id
            and items.held_from_date <= compared.as_of_date
            {# The balance just before, but what was paid first begins with its payment. #}
            and (
                items.valid_from_at < compared.compared_at
                or items.valid_from_at = compared.first_paid_at and compared.first_paid_at = compared.compared_at
            )
            {# Whose end is not known yet still runs. #}
            and (items.valid_to_at >= compared.compared_at or items.held_to_date > compared.as_of_date)
    group by all
),

earlier as (
    select
        customer_id,
        as_of_date,
        sum(seat_count) as seat_count
    from earlier_subscriptions
    group by customer_id, as_of_date
)

select
    compared.source_id,
    compared.customer_id,
    compared.as_of_date,
    compared.snapshot_at,
    compared.is_weekly,
    compared.is_month_start,
    compared.grid_date,
    compared.weeks_ago,
    compared.seat_count,
    earlier.seat_count as earlier_seat_count,
    compared.mrr_amount,
    compared.first_paid_at,
    {{ local_date('compared.first_paid_at') }} as first_paid_date,
    {{ days_between(local_date('compared.first_paid_at'), 'compared.as_of_date') }} as tenure_days
from compared
left join earlier
    on compared.customer_id = earlier.customer_id and compared.as_of_date = earlier.as_of_date
