{#- Milestones whose words no model knows, that have two places or meanings, and meanings that nobody has. -#}
with milestones as (
    select * from {{ ref('milestones') }}
),

roles as (
    {% for role in ['login', 'kickoff', 'tutorial', 'completion', 'value', 'step'] -%}
    select '{{ role }}' as milestone_role
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
)

select
    milestones.milestone_name,
    milestones.milestone_role,
    milestones.source_name,
    milestones.event_name,
    'unknown word' as problem
from milestones
left join roles on milestones.milestone_role = roles.milestone_role
where
    roles.milestone_role is null
    or coalesce(milestones.milestone_name, '') = ''
    or milestones.milestone_order is null
    or milestones.milestone_order < 0
    or coalesce(milestones.event_name, '') = ''
    or milestones.source_name not in ('usage_event', 'onboarding_project')
    or (
        milestones.source_name = 'onboarding_project'
        and milestones.event_name not in ('created_at', 'kickoff_at', 'setup_completed_at', 'completed_at')
    )
union all
select
    milestone_name,
    min(milestone_role) as milestone_role,
    min(source_name) as source_name,
    min(event_name) as event_name,
    'two places or meanings' as problem
from milestones
group by milestone_name
having
    min(milestone_order) <> max(milestone_order)
    or min(milestone_role) <> max(milestone_role)
    or count(*) <> count(distinct source_name || ' ' || event_name)
union all
select
    cast(null as string) as milestone_name,
    roles.milestone_role,
    cast(null as string) as source_name,
    cast(null as string) as event_name,
    'not exactly one milestone has it' as problem
from roles
left join milestones on roles.milestone_role = milestones.milestone_role
where roles.milestone_role <> 'step'
group by roles.milestone_role
having count(distinct milestones.milestone_name) <> 1
union all
select
    min(milestone_name) as milestone_name,
    min(milestone_role) as milestone_role,
    source_name,
    event_name,
    'two milestones of one event' as problem
from milestones
group by source_name, event_name
having count(distinct milestone_name) > 1
