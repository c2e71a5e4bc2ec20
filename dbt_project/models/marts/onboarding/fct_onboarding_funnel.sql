{#- Steps are the milestones that anybody of the source ever reached: one that is not measured is no step. -#}
with steps as (
    select distinct
        reached.source_id,
        reached.milestone_name,
        reached.milestone_order
    from {{ ref('int_milestones_reached') }} as reached
    where reached.milestone_order > 0
),

told as (
    select
        onboardings.customer_id,
        onboardings.started_date,
        steps.milestone_name,
        steps.milestone_order,
        case when reached.customer_id is null then 0 else 1 end as reached_count
    from {{ ref('int_onboardings_measured') }} as onboardings
    inner join steps on onboardings.source_id = steps.source_id
    left join {{ ref('int_milestones_reached') }} as reached
        on onboardings.customer_id = reached.customer_id and steps.milestone_name = reached.milestone_name
    where onboardings.started_at is not null
),

{# The first step follows the start, which everybody has reached. #}
followed as (
    select
        *,
        1 as started_count,
        coalesce(lag(reached_count) over by_step, 1) as before_count,
        reached_count * coalesce(lag(reached_count) over by_step, 1) as went_on_count
    from told
    window by_step as (partition by customer_id order by milestone_order, milestone_name)
),

placed as (
    {{ placed_in_periods('followed', 'started_date', trailing=[], grains=['month', 'quarter', 'year']) }}
),

segmented as (
    {{ placed_in_segments(
        'placed',
        ['milestone_name', 'milestone_order', 'started_count', 'reached_count', 'before_count', 'went_on_count']
    ) }}
),

summed as (
    select
        grain,
        period_start,
        segment_name,
        segment_value,
        milestone_name,
        milestone_order,
        cast(sum(started_count) as bigint) as started_customers_count,
        cast(sum(reached_count) as bigint) as reached_customers_count,
        cast(sum(before_count) as bigint) as previous_step_customers_count,
        cast(sum(went_on_count) as bigint) as went_on_customers_count
    from segmented
    group by grain, period_start, segment_name, segment_value, milestone_name, milestone_order
),

{# A period in which nobody started has its steps too, with 0. #}
beginnings as (
    select
        grain,
        min(period_start) as first_start
    from summed
    group by grain
),

steps_of_segments as (
    select distinct segment_name, segment_value, milestone_name, milestone_order
    from summed
)

select
    periods.grain,
    periods.period_start,
    periods.period_end,
    periods.is_complete,
    named.segment_name,
    named.segment_value,
    named.milestone_name,
    named.milestone_order,
    coalesce(summed.started_customers_count, 0) as started_customers_count,
    coalesce(summed.reached_customers_count, 0) as reached_customers_count,
    coalesce(summed.previous_step_customers_count, 0) as previous_step_customers_count,
    coalesce(summed.went_on_customers_count, 0) as went_on_customers_count,
    {{ exact_divide('summed.reached_customers_count', 'summed.started_customers_count') }} as reached_rate,
    {{ exact_divide('summed.went_on_customers_count', 'summed.previous_step_customers_count') }} as conversion_rate
from {{ ref('int_periods_spanned') }} as periods
inner join beginnings
    on periods.grain = beginnings.grain and periods.period_start >= beginnings.first_start
cross join steps_of_segments as named
left join summed
    on
        periods.grain = summed.grain
        and periods.period_start = summed.period_start
        and named.segment_name = summed.segment_name
        and named.segment_value = summed.segment_value
        and named.milestone_name = summed.milestone_name
