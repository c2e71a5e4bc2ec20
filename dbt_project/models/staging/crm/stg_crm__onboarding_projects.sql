with onboarding_projects as (
    {{ current_of('crm_onboarding_projects', key=['onboarding_project_id'], effective_at='updated_at') }}
)

select
    source_id,
    onboarding_project_id,
    customer_id,
    owner_name,
    status,
    feedback_score,
    created_at,
    kickoff_at,
    setup_completed_at,
    completed_at
from onboarding_projects
