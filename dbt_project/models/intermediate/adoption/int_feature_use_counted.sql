{#-
  Use of each feature by each customer in periods of whole months. The row without a feature tells of any
  feature: who used two of them is one user there.
-#}
with periods as (
    {{ periods_of_months() }}
),

usage_years as (
    select
        actors.customer_user_number,
        actors.customer_id,
        used.feature_name,
        year(used.activity_month) as usage_year,
        bit_or({{ month_bit('used.activity_month') }}) as months
    from {{ ref('int_feature_months_marked') }} as used
    inner join {{ ref('int_actors_attributed') }} as actors
        on
            used.source_id = actors.source_id
            and used.actor_id = actors.actor_id
            and used.is_user = actors.is_user
            and used.customer_id is not distinct from actors.named_customer_id
    group by actors.customer_user_number, actors.customer_id, used.feature_name, year(used.activity_month)
),

marked as (
    {{ spread_over_years('usage_years', ['customer_user_number', 'customer_id', 'feature_name'], years=2) }}
),

marked_of_any as (
    select * from marked
    union all
    select
        customer_user_number,
        customer_id,
        cast(null as string) as feature_name,
        usage_year,
        bit_or(months) as months
    from marked
    group by customer_user_number, customer_id, usage_year
),

{# Most users of a customer share their months with others. #}
alike as (
    select
        customer_id,
        feature_name,
        usage_year,
        months,
        count(*) as users_count
    from marked_of_any
    group by customer_id, feature_name, usage_year, months
),

{# Events add up, so months are summed first. #}
months as (
    select
        actors.customer_id,
        used.feature_name,
        used.activity_month,
        sum(used.event_count) as events_count,
        bit_or(used.used_days) as used_days
    from {{ ref('int_feature_months_marked') }} as used
    inner join {{ ref('int_actors_attributed') }} as actors
        on
            used.source_id = actors.source_id
            and used.actor_id = actors.actor_id
            and used.is_user = actors.is_user
            and used.customer_id is not distinct from actors.named_customer_id
    group by actors.customer_id, used.feature_name, used.activity_month
),

parts as (
    select
        periods.grain, periods.period_start, alike.customer_id, alike.feature_name,
        sum(alike.users_count) as users_count, 0 as events_count, 0 as used_days
    from alike
    inner join periods
        on alike.usage_year = periods.usage_year and (alike.months & periods.months_in) <> 0
    group by periods.grain, periods.period_start, alike.customer_id, alike.feature_name
    union all
    select
        periods.grain, periods.period_start, months.customer_id, months.feature_name,
        0 as users_count, sum(months.events_count) as events_count,
        bit_or(case when periods.grain = 'month' then months.used_days else 0 end) as used_days
    from months
    inner join periods
        on months.activity_month >= periods.period_start and months.activity_month < periods.period_end
    group by periods.grain, periods.period_start, months.customer_id, months.feature_name
)

select
    grain,
    period_start,
    customer_id,
    feature_name,
    cast(sum(users_count) as bigint) as users_count,
    cast(sum(events_count) as bigint) as events_count,
    cast(max(used_days) as bigint) as used_days
from parts
group by grain, period_start, customer_id, feature_name
