{#- Periods whose users and customers of before are not those that were active in the period that ended there. -#}
select
    churn.grain,
    churn.period_start,
    churn.active_users_before_count,
    earlier.active_users_count,
    churn.active_customers_before_count,
    earlier.active_customers_count
from {{ ref('fct_activity_churn') }} as churn
inner join {{ ref('fct_feature_adoption_breadth') }} as earlier
    on
        churn.grain = earlier.grain
        and churn.period_start = earlier.period_end
        and earlier.segment_name = 'all'
where
    churn.segment_name = 'all'
    and (
        churn.active_users_before_count <> earlier.active_users_count
        or churn.active_customers_before_count <> earlier.active_customers_count
    )
