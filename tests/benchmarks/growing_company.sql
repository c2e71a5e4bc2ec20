-- Raw subscription periods of customers who change, leave and come back over the months.
-- Each row lasts a few months; one in eight is followed by a gap. Days are spread over the month.
create macro drawn(customer, piece, what, below) as cast(hash(row(customer, piece, what)) % below as bigint);

copy (
    with pieces as (
        select
            customer, piece,
            -- Where a customer begins, and how long each piece lasts, in days.
            drawn(customer, 0, 'first', $months * 30) as first_day,
            60 + drawn(customer, piece, 'days', 420) as days,
            if(drawn(customer, piece, 'gap', 8) = 0, 20 + drawn(customer, piece, 'gap_days', 150), 0) as gap_days
        from range($customers) as customers (customer)
        cross join range($months // 2) as pieces (piece)
    ),
    placed as (
        select
            *,
            first_day + sum(days + gap_days) over (partition by customer order by piece) - days - gap_days as from_day
        from pieces
    )
    select
        cast('s' || customer as varchar) as subscription_id,
        timestamp '$first_month' + to_days(cast(from_day as integer)) as start_at,
        'c' || customer as customer_id,
        timestamp '$first_month' + to_days(cast(from_day + days as integer)) as end_at,
        ['Starter', 'Team', 'Business'][1 + drawn(customer, piece, 'plan', 3)] as plan_name,
        'USD' as currency_code,
        cast(1000 + 500 * drawn(customer, piece, 'amount', 40) as decimal(20, 6)) as amount_minor,
        cast(1 + drawn(customer, piece, 'seats', 9) as decimal(20, 6)) as quantity,
        if(drawn(customer, 0, 'interval', 5) = 0, 'year', 'month') as billing_interval,
        cast(1 as bigint) as billing_interval_count,
        'active' as status,
        cast(null as varchar) as cancellation_reason,
        'made' as _source_id, timestamp '$last_month' + interval 1 month as _loaded_at, 'made' as _load_id,
        'upsert' as _operation
    from placed
    where from_day < $months * 30
) to '$file' (format parquet);
