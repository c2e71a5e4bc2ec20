{#- Seats at a snapshot against 26 weeks before, or against the first paid ones of a younger customer. -#}
with compared as (
    select
        *,
        greatest({{ add_days_to_instant('snapshot_at', -182) }}, first_paid_at) as compared_at
    from {{ ref('int_health_snapshots_dated') }}
),

subscriptions as (
    select
        compared.customer_id,
        compared.as_of_date,
        items.subscription_id,
        max(items.quantity) as seat_count
    from compared
    inner join {{ ref('int_item_mrr_computed') }} as items
        on
            compared.customer_id = items.customer_id
            and items.valid_from_at <= compared.compared_at
            and items.valid_to_at > compared.compared_at
    where items.state = 'paying' and items.mrr_amount > 0
    group by all
),

earlier as (
    select
        customer_id,
        as_of_date,
        sum(seat_count) as seat_count
    from subscriptions
    group by customer_id, as_of_date
)

select
    compared.customer_id,
    compared.as_of_date,
    {# Nobody knows what a customer that was away 26 weeks ago would have had: NULL. #}
    ln(cast(compared.seat_count as double) / cast(earlier.seat_count as double)) as seat_change_log_ratio
from compared
left join earlier
    on compared.customer_id = earlier.customer_id and compared.as_of_date = earlier.as_of_date
