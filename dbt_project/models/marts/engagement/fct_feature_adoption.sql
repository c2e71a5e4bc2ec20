with customers as (
    select
        *,
        case when customer_id is not null then 1 else 0 end as customers_count
    from {{ ref('int_feature_use_counted') }}
    where feature_name is not null
),

placed as (
    {{ placed_in_segments('customers', ['feature_name', 'users_count', 'customers_count', 'events_count']) }}
),

summed as (
    select
        grain,
        period_start,
        segment_name,
        segment_value,
        feature_name,
        sum(users_count) as users_count,
        sum(customers_count) as customers_count,
        sum(events_count) as events_count
    from placed
    group by grain, period_start, segment_name, segment_value, feature_name
),

{# A feature counts for a segment from its first use there on, also where nobody uses it any more. #}
features as (
    select
        grain,
        segment_name,
        segment_value,
        feature_name,
        min(period_start) as first_start
    from summed
    group by grain, segment_name, segment_value, feature_name
)

select
    features.feature_name,
    totals.grain,
    totals.period_start,
    totals.period_end,
    totals.is_complete,
    totals.segment_name,
    totals.segment_value,
    cast(coalesce(summed.users_count, 0) as bigint) as adopting_users_count,
    totals.active_users_count,
    {{ exact_divide('coalesce(summed.users_count, 0)', 'totals.active_users_count') }} as feature_adoption_rate,
    cast(coalesce(summed.customers_count, 0) as bigint) as adopting_customers_count,
    totals.active_customers_count,
    {{ exact_divide('coalesce(summed.customers_count, 0)', 'totals.active_customers_count') }} as customer_adoption_rate,
    cast(coalesce(summed.events_count, 0) as bigint) as feature_events_count,
    {{ exact_divide('coalesce(summed.events_count, 0)', 'totals.active_users_count') }}
        as feature_events_per_active_user_ratio
from {{ ref('fct_feature_adoption_breadth') }} as totals
inner join features
    on
        totals.grain = features.grain
        and totals.segment_name = features.segment_name
        and totals.segment_value = features.segment_value
        and totals.period_start >= features.first_start
left join summed
    on
        totals.grain = summed.grain
        and totals.period_start = summed.period_start
        and totals.segment_name = summed.segment_name
        and totals.segment_value = summed.segment_value
        and features.feature_name = summed.feature_name
