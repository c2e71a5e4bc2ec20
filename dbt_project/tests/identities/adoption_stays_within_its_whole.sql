{#- Rows in which more use a feature, fall silent or are retained than there are. -#}
select grain, period_start, segment_name, segment_value, feature_name as part
from {{ ref('fct_feature_adoption') }}
where adopting_users_count > active_users_count or adopting_customers_count > active_customers_count
union all
select 'month' as grain, usage_month as period_start, 'customer' as segment_name, customer_id as segment_value,
    feature_name as part
from {{ ref('fct_feature_adoption_by_customer') }}
where adopting_users_count > active_users_count or used_days_count not between 1 and 31
union all
select 'month' as grain, cohort_month as period_start, 'cohort' as segment_name,
    cast(age_months as string) as segment_value, 'active' as part
from {{ ref('fct_user_cohort_retention') }}
where active_users_count > cohort_users_count
