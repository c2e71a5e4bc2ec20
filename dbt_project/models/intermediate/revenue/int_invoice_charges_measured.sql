{#-
  Charges of invoices with the billing interval that their service period is: that of the price where the
  period is whole intervals of it, else whole months, else whole weeks or days.
-#}
with prices as (
    select
        prices.source_id,
        prices.price_id,
        prices.product_id,
        products.product_name as plan_name,
        prices.billing_interval,
        prices.billing_interval_count,
        case prices.billing_interval when 'month' then 1 when 'year' then 12 end as interval_months,
        case prices.billing_interval when 'day' then 1 when 'week' then 7 end as interval_days,
        intervals.month_numerator,
        intervals.month_denominator
    from {{ ref('stg_billing__prices') }} as prices
    inner join {{ ref('billing_intervals') }} as intervals
        on prices.billing_interval = intervals.billing_interval
    left join {{ ref('stg_billing__products') }} as products
        on prices.source_id = products.source_id and prices.product_id = products.product_id
    where prices.is_first_version
),

spanned as (
    select
        charges.*,
        {# A source counts its months in UTC or where it is, and its hours may differ by daylight saving. #}
        coalesce(
            {{ whole_months('cast(period_start_at as date)', 'cast(period_end_at as date)') }},
            {{ whole_months(local_date('period_start_at'), local_date('period_end_at')) }}
        ) as months_count,
        greatest(1, {{ days_between('cast(period_start_at as date)', 'cast(period_end_at as date)') }}) as days_count
    from {{ ref('int_invoice_charges_summed') }} as charges
),

{# How many units of the price's interval a period is whole; NULL for a part of one. #}
matched as (
    select
        spanned.*,
        prices.product_id,
        prices.plan_name,
        prices.billing_interval as price_interval,
        prices.billing_interval_count as price_interval_count,
        prices.month_numerator,
        prices.month_denominator,
        case
            when mod(spanned.months_count, prices.interval_months * prices.billing_interval_count) = 0
                then cast(floor(spanned.months_count / prices.interval_months) as bigint)
            when mod(spanned.days_count, prices.interval_days * prices.billing_interval_count) = 0
                then cast(floor(spanned.days_count / prices.interval_days) as bigint)
        end as units_count
    from spanned
    left join prices
        on spanned.source_id = prices.source_id and spanned.price_id = prices.price_id
)

select
    source_id,
    billing_customer_id,
    subscription_id,
    subscription_item_id,
    price_id,
    product_id,
    plan_name,
    currency_code,
    quantity,
    case
        when price_interval is not null then price_interval
        when mod(months_count, 12) = 0 then 'year'
        when months_count is not null then 'month'
        when mod(days_count, 7) = 0 then 'week'
        else 'day'
    end as billing_interval,
    case
        when price_interval is not null then coalesce(units_count, price_interval_count)
        when mod(months_count, 12) = 0 then cast(floor(months_count / 12) as bigint)
        when months_count is not null then months_count
        when mod(days_count, 7) = 0 then cast(floor(days_count / 7) as bigint)
        else days_count
    end as billing_interval_count,
    {# A part of the price's interval says at which rate it was charged: the interval costs as much in proportion. #}
    case
        when price_interval is not null and units_count is null then {{ exact_divide(
            'amount_minor * month_denominator * price_interval_count'
            ~ ' * case when months_count is null then 365 else 1 end',
            'month_numerator * coalesce(months_count, 12 * days_count)'
        ) }}
        else amount_minor
    end as period_amount_minor,
    period_start_at,
    period_end_at,
    days_count,
    issued_at,
    due_at,
    is_uncollectible,
    stated_from_at,
    known_from_at,
    ended_at,
    cancellation_reason
from matched
