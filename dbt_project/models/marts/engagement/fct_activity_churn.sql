{%- set measures = [
    'active_customers_before_count', 'silent_customers_count', 'active_users_before_count', 'silent_users_count',
    'starting_users_count', 'retained_users_count'
] -%}
with periods as (
    {{ periods_of_months() }}
),

sources as (
    select source_id, min(activity_month) as first_month
    from {{ ref('int_user_months_marked') }}
    group by source_id
),

{{ daily_openings({'mrr_amount': 'mrr_after'}) }},

starts as (
    select distinct period_start from periods
),

{# Users of the customers who pay at the start: those who had access just before it. #}
starting as (
    select
        starts.period_start,
        users.customer_id,
        min(sources.first_month) as first_month,
        count(*) as starting_users_count
    from {{ ref('int_customer_users_dated') }} as users
    inner join sources
        on users.source_id = sources.source_id
    inner join openings
        on users.customer_id = openings.customer_id and openings.mrr_amount > 0
    inner join starts
        on
            starts.period_start >= openings.opening_from_date
            and starts.period_start < openings.opening_to_date
            and starts.period_start > users.created_date
            and starts.period_start <= coalesce(users.deactivated_date, cast('9999-12-31' as date))
    group by starts.period_start, users.customer_id
),

customers as (
    select
        grain, period_start, customer_id,
        case when customer_id is not null and active_users_before_count > 0 then 1 else 0 end
            as active_customers_before_count,
        case when customer_id is not null and active_users_before_count > 0 and active_users_count = 0 then 1 else 0 end
            as silent_customers_count,
        active_users_before_count, silent_users_count,
        0 as starting_users_count, 0 as retained_users_count
    from {{ ref('int_customer_activity_counted') }}
    union all
    select
        periods.grain, periods.period_start, starting.customer_id,
        0 as active_customers_before_count, 0 as silent_customers_count,
        0 as active_users_before_count, 0 as silent_users_count,
        starting.starting_users_count,
        coalesce(activity.active_starting_users_count, 0) as retained_users_count
    from starting
    inner join periods
        on starting.period_start = periods.period_start and periods.period_end > starting.first_month
    left join {{ ref('int_customer_activity_counted') }} as activity
        on
            periods.grain = activity.grain
            and periods.period_start = activity.period_start
            and starting.customer_id = activity.customer_id
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
    {{ exact_divide('silent_customers_count', 'active_customers_before_count') }} as customer_activity_churn_rate,
    {{ exact_divide('silent_users_count', 'active_users_before_count') }} as user_activity_churn_rate,
    {{ exact_divide('retained_users_count', 'starting_users_count') }} as user_retention_rate
from dense
