{{ config(
    materialized='incremental', incremental_strategy='replace_outdated', unique_key='activity_month',
    on_schema_change='sync_all_columns'
) }}
{#-
  Counted from the marked days of a month and of the 31 days before it; neither raw events nor single days are read.
-#}
with outdated as (
    {{ outdated_usage_builds('activity_month', by_user=true) }}
),

weeks as (
    select
        {{ add_days('periods.period_end', -1) }} as measured_date,
        outdated.activity_month,
        outdated.build_id
    from {{ ref('int_periods_spanned') }} as periods
    inner join outdated
        on {{ period_start('month', add_days('periods.period_end', -1)) }} = outdated.activity_month
    where periods.grain = 'week' and periods.is_complete
)

select
    months.customer_id,
    weeks.activity_month,
    weeks.measured_date,
    count(*) as active_users_count,
    weeks.build_id
from {{ ref('int_user_months_attributed') }} as months
inner join weeks
    on months.activity_month = weeks.activity_month
where
    months.activity_notion = 'active'
    and months.customer_id is not null
    and {{ days_up_to(
        joined_days('months.days_before', 'months.active_days'), '30 + day(weeks.measured_date)', trailing_active_days()
    ) }} <> 0
group by months.customer_id, weeks.activity_month, weeks.measured_date, weeks.build_id
