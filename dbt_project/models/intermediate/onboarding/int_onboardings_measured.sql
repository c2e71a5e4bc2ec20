with milestones as (
    select
        customer_id,
        cast(count_if(milestone_order > 0) as bigint) as milestones_reached_count,
        min(case when milestone_role = 'login' then reached_at end) as first_login_at,
        min(case when milestone_role = 'kickoff' then reached_at end) as kickoff_at,
        min(case when milestone_role = 'completion' then reached_at end) as completed_at,
        min(case when milestone_role = 'value' then reached_at end) as first_value_at,
        cast(sum(case when milestone_role = 'tutorial' then visits_count else 0 end) as bigint) as tutorial_visits_count
    from {{ ref('int_milestones_reached') }}
    group by customer_id
),

projects as (
    select
        customers.customer_id,
        projects.created_at,
        projects.feedback_score,
        row_number() over (
            partition by customers.customer_id
            order by projects.created_at, projects.source_id, projects.onboarding_project_id
        ) as project_number
    from {{ ref('stg_crm__onboarding_projects') }} as projects
    inner join {{ ref('int_customers_resolved') }} as customers
        on
            projects.source_id = customers.source_id
            and projects.customer_id = customers.billing_customer_id
    where projects.created_at < {{ as_of() }} and not customers.is_test
),

first_projects as (
    select
        customer_id,
        cast(count(*) as bigint) as onboarding_projects_count,
        min(case when project_number = 2 then created_at end) as second_project_at,
        min_by(
            feedback_score, case when feedback_score between 1 and 5 then project_number end
        ) as project_feedback_score
    from projects
    group by customer_id
),

{# Of each respondent the latest answer, as for every survey; on a scale of 1 to 5. #}
ranked_answers as (
    select
        customer_id,
        common_score,
        row_number() over (
            partition by customer_id, respondent_id order by responded_at desc, answer_origin desc, answer_id desc
        ) as recency
    from {{ ref('int_survey_answers_classed') }}
    where survey_type = 'onboarding' and answer_state = 'counted'
),

answers as (
    select
        customer_id,
        sum(common_score) as score_sum,
        cast(count(*) as bigint) as survey_answers_count
    from ranked_answers
    where recency = 1
    group by customer_id
),

joined as (
    select
        starts.customer_id,
        starts.source_id,
        starts.started_at,
        starts.left_at,
        starts.returned_at,
        starts.is_completion_measured,
        starts.is_value_measured,
        milestones.first_login_at,
        milestones.kickoff_at,
        milestones.completed_at,
        milestones.first_value_at,
        coalesce(milestones.milestones_reached_count, 0) as milestones_reached_count,
        coalesce(milestones.tutorial_visits_count, 0) as tutorial_visits_count,
        coalesce(first_projects.onboarding_projects_count, 0) as onboarding_projects_count,
        first_projects.second_project_at,
        first_projects.project_feedback_score,
        {{ exact_divide('answers.score_sum', 'answers.survey_answers_count') }} as survey_feedback_score,
        coalesce(answers.survey_answers_count, 0) as survey_answers_count,
        coalesce(milestones.completed_at < starts.started_at, false) as is_completed_before_start,
        coalesce(milestones.first_value_at < starts.started_at, false) as is_value_before_start
    from {{ ref('int_onboardings_started') }} as starts
    left join milestones on starts.customer_id = milestones.customer_id
    left join first_projects on starts.customer_id = first_projects.customer_id
    left join answers on starts.customer_id = answers.customer_id
)

select
    customer_id,
    source_id,
    started_at,
    {{ local_date('started_at') }} as started_date,
    left_at,
    returned_at,
    second_project_at,
    first_login_at,
    kickoff_at,
    completed_at,
    first_value_at,
    case
        when started_at is null then 'not_started'
        when is_value_before_start then 'value_before_start'
        when first_value_at is not null then 'value_reached'
        when left_at is not null then 'left'
        when completed_at is not null then 'set_up'
        else 'in_progress'
    end as onboarding_status,
    is_completion_measured,
    is_value_measured,
    is_completed_before_start,
    is_value_before_start,
    returned_at is not null or second_project_at is not null as is_restarted,
    milestones_reached_count,
    tutorial_visits_count,
    onboarding_projects_count,
    survey_answers_count,
    case when not is_completed_before_start then {{ elapsed_days('started_at', 'completed_at') }} end as completion_days,
    case when not is_value_before_start then {{ elapsed_days('started_at', 'first_value_at') }} end
        as time_to_value_days,
    case
        when is_value_measured and not is_value_before_start
            then {{ elapsed_days(
                'started_at',
                'greatest(started_at, coalesce(first_value_at, left_at, ' ~ as_of() ~ '))'
            ) }}
    end as observed_days,
    {{ money('project_feedback_score') }} as project_feedback_score,
    survey_feedback_score,
    {{ money('coalesce(project_feedback_score, survey_feedback_score)') }} as feedback_score
from joined
