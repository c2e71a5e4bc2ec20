{#- What had arrived from each source system by each snapshot: "no source" differs from "no events". -#}
{%- set objects = {
    'survey': ['survey_responses', ['survey_response_id'], 'responded_at'],
    'support': ['support_tickets', ['ticket_id'], 'created_at'],
    'payments': ['billing_payments', ['payment_id'], 'attempted_at'],
    'invoices': ['billing_invoices', ['invoice_id'], 'issued_at'],
    'onboarding': ['crm_onboarding_projects', ['onboarding_project_id'], 'created_at'],
} -%}

with daily as (
    select
        source_id,
        'usage' as source_name,
        event_date,
        coalesce(known_from_date, {{ always() }}) as held_from_date,
        {{ never() }} as held_to_date,
        min(first_occurred_at) as first_event_at,
        max(last_occurred_at) as last_event_at
    from {{ ref('int_usage_days_summed') }}
    group by source_id, event_date, known_from_date
    {% for source, (object, key, event_time) in objects.items() -%}
    union all
    select
        source_id,
        '{{ source }}' as source_name,
        {{ local_date(event_time) }} as event_date,
        held_from_date,
        held_to_date,
        min({{ event_time }}) as first_event_at,
        max({{ event_time }}) as last_event_at
    from ({{ held_versions_of(object, key, 'updated_at') }}) as {{ source }}
    group by source_id, {{ local_date(event_time) }}, held_from_date, held_to_date
    {% endfor %}
),

snapshots as (
    select distinct source_id, as_of_date
    from {{ ref('int_health_snapshots_dated') }}
)

select
    snapshots.source_id,
    snapshots.as_of_date,
    daily.source_name,
    {{ local_date('min(daily.first_event_at)') }} as first_event_date,
    max(daily.last_event_at) as fresh_at
from snapshots
inner join daily
    on
        snapshots.source_id = daily.source_id
        and daily.event_date < snapshots.as_of_date
        and {{ held_on('daily', 'snapshots.as_of_date') }}
group by snapshots.source_id, snapshots.as_of_date, daily.source_name
