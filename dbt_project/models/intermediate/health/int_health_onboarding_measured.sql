{#- Milestones of a customer's latest onboarding project that were reached before a snapshot. -#}
with versions as (
    {{ held_versions_of('crm_onboarding_projects', ['onboarding_project_id'], 'updated_at') }}
),

projects as (
    {{ held_of_customers(
        'versions', ['onboarding_project_id', 'created_at', 'kickoff_at', 'setup_completed_at', 'completed_at']
    ) }}
),

ranked as (
    select
        snapshots.customer_id,
        snapshots.as_of_date,
        {% for milestone in ['kickoff_at', 'setup_completed_at', 'completed_at'] -%}
        {% if not loop.first %}+ {% endif -%}
        case when projects.{{ milestone }} < snapshots.snapshot_at then 1 else 0 end
        {% endfor -%}
        as milestone_count,
        row_number() over (
            partition by snapshots.customer_id, snapshots.as_of_date
            order by projects.created_at desc, projects.onboarding_project_id desc
        ) as recency
    from {{ ref('int_health_snapshots_dated') }} as snapshots
    inner join projects
        on
            snapshots.customer_id = projects.customer_id
            and {{ held_on('projects', 'snapshots.as_of_date') }}
            and projects.created_at < snapshots.snapshot_at
)

select
    customer_id,
    as_of_date,
    cast(milestone_count as double) / 3 as milestone_rate
from ranked
where recency = 1
