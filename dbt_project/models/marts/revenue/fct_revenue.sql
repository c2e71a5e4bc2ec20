with entries as (
    select
        entries.customer_id,
        entries.revenue_type,
        entries.booked_date,
        entries.revenue_amount,
        {{ add_days('first_payments.first_paid_date', 1) }} as first_paying_opening
    from {{ ref('int_revenue_entries_dated') }} as entries
    left join {{ ref('int_customer_first_payments') }} as first_payments
        on entries.customer_id = first_payments.customer_id
),

placed as (
    {{ placed_in_periods('entries', 'booked_date', billed=true) }}
),

summed as (
    select
        placed.grain,
        placed.period_start,
        segments.segment_name,
        segments.segment_value,
        sum(case when placed.revenue_type = 'usage' then placed.revenue_amount else 0 end) as usage_revenue_amount,
        sum(case when placed.revenue_type = 'payment' then placed.revenue_amount else 0 end) as collected_amount,
        -sum(case when placed.revenue_type = 'refund' then placed.revenue_amount else 0 end) as refunded_amount
    from placed
    inner join {{ ref('int_customer_segments_dated') }} as segments
        on
            placed.customer_id = segments.customer_id
            and greatest(placed.period_start, coalesce(placed.first_paying_opening, placed.period_start))
            >= segments.opening_from_date
            and greatest(placed.period_start, coalesce(placed.first_paying_opening, placed.period_start))
            < segments.opening_to_date
    group by placed.grain, placed.period_start, segments.segment_name, segments.segment_value
)

select
    periods.grain,
    periods.period_start,
    periods.period_end,
    periods.is_complete,
    periods.segment_name,
    periods.segment_value,
    '{{ var("reporting_currency") }}' as currency_code,
    {{ money('coalesce(summed.usage_revenue_amount, 0)') }} as usage_revenue_amount,
    {{ money('coalesce(summed.collected_amount, 0)') }} as collected_amount,
    {{ money('coalesce(summed.refunded_amount, 0)') }} as refunded_amount,
    {{ money('coalesce(summed.collected_amount, 0) - coalesce(summed.refunded_amount, 0)') }} as net_revenue_amount
from {{ ref('int_segment_periods_summed') }} as periods
left join summed
    on
        periods.grain = summed.grain
        and periods.period_start = summed.period_start
        and periods.segment_name = summed.segment_name
        and periods.segment_value = summed.segment_value
