{#-
  Spells during which a customer pays or is paused, by the balances at the end of each day, and the gaps between
  them, in which it is gone; with the domains that its source had by then. Who came and left inside one day has the
  gap only.
-#}
with thresholds as (
    {{ lifecycle_thresholds() }}
),

closings as (
    select
        customer_id,
        change_date,
        max_by(mrr_after, changed_at) > 0 or max_by(is_paused_after, changed_at) as is_subscribed
    from {{ ref('int_customer_mrr_changed') }}
    where changed_at >= first_paid_at
    group by customer_id, change_date
),

followed as (
    select
        *,
        lag(is_subscribed) over (partition by customer_id order by change_date) as was_subscribed
    from closings
),

spells as (
    select
        customer_id,
        row_number() over (partition by customer_id order by change_date) as spell_number,
        is_subscribed,
        change_date as from_date,
        lead(change_date, 1, cast('9999-12-31' as date)) over (partition by customer_id order by change_date) as to_date
    from followed
    where is_subscribed is distinct from was_subscribed
),

sources as (
    select distinct customer_id, source_id from {{ ref('int_customers_resolved') }}
),

{# First day of each domain of a source: a milestone or a project, and the first week in which anybody was active. #}
begun as (
    select
        sources.source_id,
        min(case when told.domain_name = 'setup' then told.first_date end) as setup_from_date,
        min(case when told.domain_name = 'value' then told.first_date end) as value_from_date,
        min(case when told.domain_name = 'use' then told.first_date end) as use_from_date
    from (
        select
            customer_id,
            case milestone_role when 'value' then 'value' else 'setup' end as domain_name,
            {{ local_date('reached_at') }} as first_date
        from {{ ref('int_milestones_reached') }}
        where milestone_role in ('kickoff', 'completion', 'value')
        union all
        select
            customer_id,
            'use' as domain_name,
            {{ add_days('measured_date', -6) }} as first_date
        from {{ ref('int_weekly_users_counted') }}
    ) as told
    inner join sources on told.customer_id = sources.customer_id
    group by sources.source_id
)

select
    sources.source_id,
    spells.customer_id,
    spells.spell_number,
    spells.is_subscribed,
    spells.from_date,
    spells.to_date,
    begun.use_from_date
    {%- for domain in ['setup', 'value', 'use'] %},
    coalesce(
        begun.{{ domain }}_from_date <= {{ add_days('spells.from_date', 'thresholds.domain_look_back_days') }}, false
    ) as has_{{ domain }}_data
    {%- endfor %}
from spells
inner join sources on spells.customer_id = sources.customer_id
left join begun on sources.source_id = begun.source_id
cross join thresholds
