{#- What had arrived from each source system by each snapshot: "no source" differs from "no events". -#}
{%- set objects = {
    'usage': ['int_usage_days_summed', 'first_occurred_at', 'last_occurred_at'],
    'survey': ['stg_survey__responses', 'responded_at', 'responded_at'],
    'support': ['stg_support__tickets', 'created_at', 'created_at'],
    'payments': ['stg_billing__payments', 'attempted_at', 'attempted_at'],
    'invoices': ['stg_billing__invoices', 'issued_at', 'issued_at'],
    'onboarding': ['stg_crm__onboarding_projects', 'created_at', 'created_at'],
} -%}

with weekly as (
    {% for source, (model, first_at, last_at) in objects.items() -%}
    select
        source_id,
        '{{ source }}' as source_name,
        cast(floor(({{ days_between(local_date(first_at), local_date(as_of())) }} - 1) / 7.0) as int) as weeks_ago,
        min({{ first_at }}) as first_event_at,
        max({{ last_at }}) as last_event_at
    from {{ ref(model) }}
    group by all
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

snapshots as (
    select distinct source_id, as_of_date, weeks_ago
    from {{ ref('int_health_snapshots_dated') }}
)

select
    snapshots.source_id,
    snapshots.as_of_date,
    weekly.source_name,
    {{ local_date('min(weekly.first_event_at)') }} as first_event_date,
    max(weekly.last_event_at) as fresh_at
from snapshots
inner join weekly
    on snapshots.source_id = weekly.source_id and weekly.weeks_ago >= snapshots.weeks_ago
group by snapshots.source_id, snapshots.as_of_date, weekly.source_name
