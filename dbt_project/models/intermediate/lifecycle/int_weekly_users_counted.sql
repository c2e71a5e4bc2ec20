{#-
  Users of each customer that were active in the trailing days up to the last day of each complete week, and one 0
  after a week that had some. Counted from the marked days of a month and of the 31 days before it; neither raw
  events nor single days are read.
-#}
with weeks as (
    select
        {{ add_days('period_end', -1) }} as measured_date,
        {{ period_start('month', add_days('period_end', -1)) }} as activity_month,
        day({{ add_days('period_end', -1) }}) as month_day
    from {{ ref('int_periods_spanned') }}
    where grain = 'week' and is_complete
),

counted as (
    select
        months.customer_id,
        weeks.measured_date,
        count(*) as active_users_count
    from {{ ref('int_user_months_attributed') }} as months
    inner join weeks
        on months.activity_month = weeks.activity_month
    where
        months.activity_notion = 'active'
        and months.customer_id is not null
        and {{ days_up_to(
            joined_days('months.days_before', 'months.active_days'), '30 + weeks.month_day', trailing_active_days()
        ) }} <> 0
    group by months.customer_id, weeks.measured_date
),

followed as (
    select
        *,
        {{ add_days('measured_date', 7) }} as next_week_date,
        lead(measured_date) over (partition by customer_id order by measured_date) as next_measured_date
    from counted
)

select
    customer_id,
    measured_date,
    active_users_count
from followed
union all
select
    followed.customer_id,
    followed.next_week_date as measured_date,
    cast(0 as bigint) as active_users_count
from followed
inner join weeks
    on followed.next_week_date = weeks.measured_date
where followed.next_measured_date is distinct from followed.next_week_date
