with users as (
    select
        user_id,
        {{ period_start('month', 'created_date') }} as cohort_month
    from {{ ref('int_customer_users_dated') }}
),

months as (
    select period_start as month_start, is_complete
    from {{ ref('int_periods_spanned') }}
    where grain = 'month'
),

{# Whoever works for two customers is one person here. #}
years as (
    select
        users.user_id,
        users.cohort_month,
        activity.activity_year,
        bit_or(activity.active_months) as active_months
    from {{ ref('int_user_years_attributed') }} as activity
    inner join users
        on activity.user_id = users.user_id
    where activity.activity_notion = 'active'
    group by users.user_id, users.cohort_month, activity.activity_year
),

counted as (
    select
        cohort_month,
        activity_year
        {%- for place in range(12) %},
        sum({{ days_up_to('active_months', place, 1) }}) as month_{{ place }}
        {%- endfor %}
    from years
    group by cohort_month, activity_year
),

active as (
    {% for place in range(12) -%}
    select
        cohort_month,
        {{ add_months('activity_year', place) }} as activity_month,
        cast(month_{{ place }} as bigint) as active_users_count
    from counted
    where month_{{ place }} > 0
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

{# What came before the first event of anybody was not seen, and is no silence. #}
began as (
    select min(activity_month) as first_month from active
),

cohorts as (
    select
        users.cohort_month,
        count(*) as cohort_users_count
    from users
    cross join began
    where began.first_month is not null
    group by users.cohort_month
),

ages as (
    select distinct {{ months_between('cohorts.cohort_month', 'months.month_start') }} as age_months
    from cohorts
    inner join months
        on months.month_start >= cohorts.cohort_month
),

{# Cells that are not yet reached stay NULL: 0 would say that everybody had left. #}
cells as (
    select
        cohorts.cohort_month,
        cast(ages.age_months as bigint) as age_months,
        coalesce(months.is_complete and months.month_start >= began.first_month, false) as is_reached,
        cohorts.cohort_users_count,
        active.active_users_count
    from cohorts
    cross join ages
    cross join began
    left join months
        on months.month_start = {{ add_months('cohorts.cohort_month', 'cast(ages.age_months as int)') }}
    left join active
        on cohorts.cohort_month = active.cohort_month and months.month_start = active.activity_month
),

reached as (
    select
        cohort_month,
        age_months,
        is_reached,
        cohort_users_count,
        case when is_reached then coalesce(active_users_count, 0) end as active_users_count
    from cells
)

select
    *,
    {{ exact_divide('active_users_count', 'cohort_users_count') }} as user_retention_rate
from reached
