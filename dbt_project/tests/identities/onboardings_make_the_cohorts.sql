{#- Months whose cohort or funnel is not what the customers who started in them say, each counted once. -#}
with customers as (
    select
        {{ period_start('month', 'started_date') }} as period_start,
        count(*) as started_count,
        count(observed_days) as measured_count,
        count_if(time_to_value_days is not null and observed_days is not null) as valued_count,
        count_if(onboarding_status = 'value_before_start') as error_count
    from {{ ref('fct_onboarding') }}
    where started_at is not null
    group by 1
),

reached as (
    select
        {{ period_start('month', 'onboardings.started_date') }} as period_start,
        milestones.milestone_name,
        count(*) as reached_count
    from {{ ref('fct_onboarding') }} as onboardings
    inner join {{ ref('int_milestones_reached') }} as milestones
        on onboardings.customer_id = milestones.customer_id
    where onboardings.started_at is not null and milestones.milestone_order > 0
    group by 1, 2
)

select
    cohorts.period_start,
    'cohort' as counted
from {{ ref('fct_time_to_value') }} as cohorts
left join customers on cohorts.period_start = customers.period_start
where
    cohorts.grain = 'month' and cohorts.segment_name = 'all'
    and (
        cohorts.started_customers_count <> coalesce(customers.started_count, 0)
        or cohorts.measured_customers_count <> coalesce(customers.measured_count, 0)
        or cohorts.valued_customers_count <> coalesce(customers.valued_count, 0)
        or cohorts.value_before_start_customers_count <> coalesce(customers.error_count, 0)
        or cohorts.measured_customers_count
        <> cohorts.valued_customers_count + cohorts.left_customers_count + cohorts.waiting_customers_count
    )
union all
select
    funnel.period_start,
    funnel.milestone_name as counted
from {{ ref('fct_onboarding_funnel') }} as funnel
left join reached
    on funnel.period_start = reached.period_start and funnel.milestone_name = reached.milestone_name
where
    funnel.grain = 'month' and funnel.segment_name = 'all'
    and (
        funnel.reached_customers_count <> coalesce(reached.reached_count, 0)
        or funnel.went_on_customers_count > least(funnel.reached_customers_count, funnel.previous_step_customers_count)
    )
