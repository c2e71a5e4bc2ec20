{#- Discounts with their terms and the interval in which each lowers which subscription. -#}
{%- set policy = var('discount_policy') -%}
{%- if policy not in ['all_active', 'forever_only', 'none'] -%}
    {{ exceptions.raise_compiler_error("discount_policy is '" ~ policy ~ "'; use all_active, forever_only or none") }}
{%- endif -%}

with terms as (
    select
        discounts.source_id,
        discounts.discount_id,
        discounts.customer_id,
        discounts.subscription_id,
        discounts.subscription_item_id,
        coupons.duration,
        coupons.duration_in_months,
        coalesce(coupons.percent_off, 0) as percent_off,
        coalesce(coupons.amount_off_minor, 0) as amount_off_minor,
        coupons.currency_code,
        discounts.start_at,
        discounts.end_at
    from {{ ref('stg_billing__discounts') }} as discounts
    inner join {{ ref('stg_billing__coupons') }} as coupons
        on discounts.source_id = coupons.source_id and discounts.coupon_id = coupons.coupon_id
    where
        discounts.start_at < {{ as_of() }}
        {%- if policy == 'forever_only' %}
        and coupons.duration = 'forever'
        {%- elif policy == 'none' %}
        and false
        {%- endif %}
),

intervals as (
    select
        source_id,
        billing_customer_id,
        subscription_id,
        subscription_item_id,
        min(valid_from_at) as first_at,
        max(valid_to_at) as last_at,
        {# A once-discount lasts one billing period of the item. #}
        max_by(billing_interval, valid_from_at) as billing_interval,
        max_by(billing_interval_count, valid_from_at) as billing_interval_count
    from {{ ref('int_priced_intervals_unioned') }}
    {# Simple periods have no price: their amounts come with discounts already taken off. #}
    where price_id is not null
    group by source_id, billing_customer_id, subscription_id, subscription_item_id
),

targeted as (
    select
        terms.*,
        intervals.subscription_id as target_subscription_id,
        intervals.subscription_item_id as target_item_id,
        intervals.billing_interval,
        intervals.billing_interval_count
    from terms
    inner join intervals
        on
            terms.source_id = intervals.source_id
            and terms.subscription_item_id = intervals.subscription_item_id
    union all
    select
        terms.*,
        intervals.subscription_id as target_subscription_id,
        intervals.subscription_item_id as target_item_id,
        intervals.billing_interval,
        intervals.billing_interval_count
    from terms
    inner join intervals
        on
            terms.source_id = intervals.source_id
            and terms.subscription_id = intervals.subscription_id
    where terms.subscription_item_id is null
    union all
    select
        terms.*,
        intervals.subscription_id as target_subscription_id,
        intervals.subscription_item_id as target_item_id,
        intervals.billing_interval,
        intervals.billing_interval_count
    from terms
    inner join intervals
        on
            terms.source_id = intervals.source_id
            and terms.customer_id = intervals.billing_customer_id
    where terms.subscription_item_id is null and terms.subscription_id is null
)

select
    source_id,
    discount_id,
    target_subscription_id as subscription_id,
    target_item_id as subscription_item_id,
    subscription_item_id is not null as is_item_discount,
    duration,
    percent_off,
    amount_off_minor,
    currency_code,
    start_at as valid_from_at,
    coalesce(
        end_at,
        case
            when duration = 'repeating'
                then {{ add_months_to_instant('start_at', 'duration_in_months') }}
            when duration = 'once' and billing_interval = 'day'
                then {{ add_days_to_instant('start_at', 'billing_interval_count') }}
            when duration = 'once' and billing_interval = 'week'
                then {{ add_days_to_instant('start_at', '7 * billing_interval_count') }}
            when duration = 'once' and billing_interval = 'month'
                then {{ add_months_to_instant('start_at', 'billing_interval_count') }}
            when duration = 'once' and billing_interval = 'year'
                then {{ add_months_to_instant('start_at', '12 * billing_interval_count') }}
        end,
        {{ forever() }}
    ) as valid_to_at
from targeted
