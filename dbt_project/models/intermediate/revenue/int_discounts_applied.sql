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
        discounts.end_at,
        discounts.vanished_at
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

{# Simple periods have no price: their amounts come with discounts already taken off. #}
priced as (
    select * from {{ ref('int_priced_intervals_unioned') }}
    where price_id is not null
),

items as (
    select distinct source_id, billing_customer_id, subscription_id, subscription_item_id
    from priced
),

{# A discount lies on the narrowest thing that it names. #}
targeted as (
    {% for named, item_key, condition in [
        ('subscription_item_id', 'subscription_item_id', 'true'),
        ('subscription_id', 'subscription_id', 'terms.subscription_item_id is null'),
        ('customer_id', 'billing_customer_id', 'terms.subscription_item_id is null and terms.subscription_id is null')
    ] -%}
    select
        terms.*,
        items.subscription_id as target_subscription_id,
        items.subscription_item_id as target_item_id
    from terms
    inner join items
        on
            terms.source_id = items.source_id
            and terms.{{ named }} = items.{{ item_key }}
    where {{ condition }}
    {% if not loop.last -%}
    union all
    {% endif -%}
    {%- endfor %}
),

{# A once-discount, and no other, lasts one billing period of the price that the item has when it begins. #}
billed as (
    select
        targeted.source_id,
        targeted.discount_id,
        targeted.target_item_id,
        coalesce(
            max_by(priced.billing_interval, priced.valid_from_at) filter (where priced.valid_from_at <= targeted.start_at),
            min_by(priced.billing_interval, priced.valid_from_at)
        ) as billing_interval,
        coalesce(
            max_by(priced.billing_interval_count, priced.valid_from_at)
                filter (where priced.valid_from_at <= targeted.start_at),
            min_by(priced.billing_interval_count, priced.valid_from_at)
        ) as billing_interval_count
    from targeted
    inner join priced
        on
            targeted.source_id = priced.source_id
            and targeted.target_item_id = priced.subscription_item_id
    where targeted.duration = 'once'
    group by targeted.source_id, targeted.discount_id, targeted.target_item_id
)

select
    targeted.source_id,
    targeted.discount_id,
    targeted.target_subscription_id as subscription_id,
    targeted.target_item_id as subscription_item_id,
    targeted.subscription_item_id is not null as is_item_discount,
    targeted.duration,
    targeted.percent_off,
    targeted.amount_off_minor,
    targeted.currency_code,
    targeted.start_at as valid_from_at,
    {# Taken off before its end it no longer applies; billing takes a once-discount off when it is used. #}
    least(
        case
            when targeted.duration = 'once' or targeted.vanished_at is null then {{ forever() }}
            else greatest(targeted.start_at, targeted.vanished_at)
        end,
        coalesce(
            targeted.end_at,
            case
                when targeted.duration = 'repeating'
                    then {{ add_months_to_instant('targeted.start_at', 'targeted.duration_in_months') }}
            end,
            {{ after_billing_period('targeted.start_at', 'billed.billing_interval', 'billed.billing_interval_count') }},
            {{ forever() }}
        )
    ) as valid_to_at
from targeted
left join billed
    on
        targeted.source_id = billed.source_id
        and targeted.discount_id = billed.discount_id
        and targeted.target_item_id = billed.target_item_id
