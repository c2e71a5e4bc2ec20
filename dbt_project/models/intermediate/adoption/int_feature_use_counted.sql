{{ config(
    materialized='incremental', incremental_strategy='replace_outdated', unique_key='last_month',
    on_schema_change='sync_all_columns'
) }}
{#-
  Use of each feature by each customer in periods of whole months, kept by the month in which they end. The row
  without a feature tells of any feature: who used two of them is one user there.
-#}
with outdated as (
    {{ outdated_usage_builds('last_month') }}
),

{# No period is longer than the twelve months up to its last. #}
needed as (
    {% for months in range(12) -%}
    select {{ add_months('last_month', -months) }} as activity_month from outdated
    {% if not loop.last %}union{% endif %}
    {% endfor %}
),

periods as (
    select periods.*, outdated.last_month, outdated.build_id
    from ({{ periods_of_months() }}) as periods
    inner join outdated
        on {{ period_start('month', add_days('periods.period_end', -1)) }} = outdated.last_month
),

usage_years as (
    select
        actors.customer_user_number,
        actors.customer_id,
        used.feature_name,
        year(used.activity_month) as usage_year,
        bit_or({{ month_bit('used.activity_month') }}) as months
    from {{ ref('int_feature_months_marked') }} as used
    inner join needed
        on used.activity_month = needed.activity_month
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
    from {{ ref('int_feature_months_counted') }} as months
    inner join periods
        on months.activity_month >= periods.period_start and months.activity_month < periods.period_end
    group by periods.grain, periods.period_start, months.customer_id, months.feature_name
),

summed as (
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
)

select
    summed.*,
    periods.last_month,
    periods.build_id
from summed
inner join periods
    on summed.grain = periods.grain and summed.period_start = periods.period_start
order by periods.last_month
