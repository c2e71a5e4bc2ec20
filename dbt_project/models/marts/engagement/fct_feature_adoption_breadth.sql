{%- set measures = [
    'active_users_count', 'active_customers_count', 'adopting_users_count', 'used_features_of_users_count',
    'used_features_of_customers_count', 'feature_events_count'
] -%}
{# Users of each feature, added up over features, are features of each user, added up over users. #}
with customers as (
    select
        grain, period_start, customer_id,
        active_users_count,
        case when customer_id is not null then 1 else 0 end as active_customers_count,
        0 as adopting_users_count, 0 as used_features_of_users_count, 0 as used_features_of_customers_count,
        0 as feature_events_count
    from {{ ref('int_customer_activity_counted') }}
    where active_users_count > 0
    union all
    select
        grain, period_start, customer_id,
        0 as active_users_count, 0 as active_customers_count,
        sum(case when feature_name is null then users_count else 0 end) as adopting_users_count,
        sum(case when feature_name is not null then users_count else 0 end) as used_features_of_users_count,
        count_if(feature_name is not null and customer_id is not null) as used_features_of_customers_count,
        sum(events_count) as feature_events_count
    from {{ ref('int_feature_use_counted') }}
    group by grain, period_start, customer_id
),

{{ dense_in_segments('customers', measures) }}

select
    grain,
    period_start,
    period_end,
    is_complete,
    segment_name,
    segment_value,
    {% for measure in measures -%}
    cast({{ measure }} as bigint) as {{ measure }},
    {% endfor -%}
    {{ exact_divide('adopting_users_count', 'active_users_count') }} as adopting_users_rate,
    {{ exact_divide('used_features_of_users_count', 'active_users_count') }} as features_per_active_user_ratio,
    {{ exact_divide('used_features_of_customers_count', 'active_customers_count') }} as features_per_active_customer_ratio,
    {{ exact_divide('feature_events_count', 'active_users_count') }} as feature_events_per_active_user_ratio
from dense
