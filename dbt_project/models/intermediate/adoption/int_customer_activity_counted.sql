{#- Users of each customer in periods of whole months: who is active, who was before, who paid-for users are. -#}
with periods as (
    {{ periods_of_months() }}
),

usage_years as (
    select
        user_id,
        customer_id,
        year(activity_year) as usage_year,
        active_months as months
    from {{ ref('int_user_years_attributed') }}
    where activity_notion = 'active'
),

marked as (
    {{ spread_over_years('usage_years', ['user_id', 'customer_id']) }}
),

{# Days of access are told of users at home with the customer only: a guest belongs to somebody else. #}
dated as (
    select
        marked.customer_id,
        marked.usage_year,
        marked.months,
        users.created_date,
        coalesce(users.deactivated_date, cast('9999-12-31' as date)) as deactivated_date
    from marked
    left join {{ ref('int_customer_users_dated') }} as users
        on marked.user_id = users.user_id and marked.customer_id = users.customer_id
)

select
    periods.grain,
    periods.period_start,
    dated.customer_id,
    cast(count_if((dated.months & periods.months_in) <> 0) as bigint) as active_users_count,
    cast(count_if((dated.months & periods.months_before) <> 0) as bigint) as active_users_before_count,
    cast(
        count_if((dated.months & periods.months_before) <> 0 and (dated.months & periods.months_in) = 0) as bigint
    ) as silent_users_count,
    {# Who had access just before the period began: the left limit, as of MRR. #}
    cast(count_if(
        (dated.months & periods.months_in) <> 0
        and dated.created_date < periods.period_start
        and dated.deactivated_date >= periods.period_start
    ) as bigint) as active_starting_users_count
from dated
inner join periods
    on
        dated.usage_year = periods.usage_year
        and (dated.months & (periods.months_in | periods.months_before)) <> 0
group by periods.grain, periods.period_start, dated.customer_id
