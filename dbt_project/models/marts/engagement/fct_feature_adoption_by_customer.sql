with used as (
    select *
    from {{ ref('int_feature_use_counted') }}
    where grain = 'month' and feature_name is not null and customer_id is not null
),

dated as (
    select
        *,
        min({{ add_days('period_start', first_place('used_days')) }}) over (
            partition by customer_id, feature_name order by period_start
            rows between unbounded preceding and current row
        ) as first_used_date,
        count(*) over (partition by customer_id, period_start) as used_features_count
    from used
)

select
    dated.customer_id,
    dated.feature_name,
    dated.period_start as usage_month,
    dated.users_count as adopting_users_count,
    activity.active_users_count,
    {{ exact_divide('dated.users_count', 'activity.active_users_count') }} as feature_adoption_rate,
    dated.events_count as feature_events_count,
    {{ exact_divide('dated.events_count', 'activity.active_users_count') }} as feature_events_per_active_user_ratio,
    cast(bit_count(dated.used_days) as bigint) as used_days_count,
    dated.first_used_date,
    dated.used_features_count
from dated
inner join {{ ref('int_customer_activity_counted') }} as activity
    on
        activity.grain = 'month'
        and dated.period_start = activity.period_start
        and dated.customer_id = activity.customer_id
