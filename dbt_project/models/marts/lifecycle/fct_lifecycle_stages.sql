{#-
  The stage of each company after every change of anything that decides it, with equal neighbours merged. Nothing
  is kept for days in between: cost grows with changes, never with days.
-#}
{%- set signals = {
    'sales_stage': 'string', 'sales_reason': 'string', 'is_subscribed': 'int', 'has_returned': 'int',
    'has_setup_data': 'int', 'has_value_data': 'int', 'has_use_data': 'int', 'has_setup': 'int', 'has_value': 'int',
    'has_adopted': 'int', 'has_more_mrr': 'int', 'has_more_users': 'int',
} -%}
{%- set one = 'case when {} then 1 else 0 end' -%}
{%- set branches = [
    {'from': ref('int_sales_stages_entered'), 'company': 'company_id', 'source': 'source_id', 'account': 'account_id',
     'day': 'entered_date', 'told': {'sales_stage': 'stage_name', 'sales_reason': 'entry_reason'}},
    {'from': ref('int_paid_spells_dated'), 'source': 'source_id', 'day': 'from_date', 'told': {
        'is_subscribed': one.format('is_subscribed'), 'has_returned': one.format('spell_number > 1'),
        'has_setup_data': one.format('has_setup_data'), 'has_value_data': one.format('has_value_data'),
        'has_use_data': one.format('has_use_data'), 'has_adopted': '0'}},
    {'from': 'milestones', 'day': 'reached_date', 'told': {
        'has_setup': "case when milestone_role = 'completion' then 1 end",
        'has_value': "case when milestone_role = 'value' then 1 end"}},
    {'from': ref('int_adoptions_reached'), 'day': 'adopted_date', 'told': {'has_adopted': '1'}},
    {'from': ref('int_expansions_dated'), 'day': 'change_date', 'where': "measure_name = 'mrr'",
     'told': {'has_more_mrr': one.format('is_expanded')}},
    {'from': ref('int_expansions_dated'), 'day': 'change_date', 'where': "measure_name = 'active_users'",
     'told': {'has_more_users': one.format('is_expanded')}},
] -%}
with milestones as (
    {# Value before the onboarding began is an error of the data: it ends no stage. #}
    select
        milestones.customer_id,
        milestones.milestone_role,
        {{ local_date('milestones.reached_at') }} as reached_date
    from {{ ref('int_milestones_reached') }} as milestones
    left join {{ ref('int_onboardings_started') }} as starts
        on milestones.customer_id = starts.customer_id
    where
        milestones.milestone_role = 'completion'
        or (milestones.milestone_role = 'value' and coalesce(milestones.reached_at >= starts.started_at, true))
),

changes as (
    {% for branch in branches -%}
    select
        {{ branch.company or 'customer_id' }} as company_id,
        {{ branch.source or 'cast(null as string)' }} as source_id,
        customer_id,
        {{ branch.account or 'cast(null as string)' }} as account_id,
        {{ branch.day }} as change_date
        {%- for signal, type in signals.items() %},
        cast({{ branch.told.get(signal, 'null') }} as {{ type }}) as {{ signal }}
        {%- endfor %}
    from {{ branch.from }}
    {% if branch.where -%}
    where {{ branch.where }}
    {% endif -%}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

points as (
    select
        company_id,
        max(max(source_id)) over (partition by company_id) as source_id,
        max(customer_id) as customer_id,
        max(account_id) as account_id,
        change_date
        {%- for signal in signals %},
        max({{ signal }}) as {{ signal }}
        {%- endfor %}
    from changes
    group by company_id, change_date
),

states as (
    select
        company_id,
        source_id,
        customer_id,
        account_id,
        change_date
        {%- for signal, type in signals.items() %},
        {% if type == 'int' %}coalesce({% endif %}last_value({{ signal }} ignore nulls) over so_far
        {%- if type == 'int' %}, {% if signal == 'is_subscribed' %}-1{% else %}0{% endif %}) = 1{% endif %} as {{ signal }}
        {%- endfor %},
        last_value(is_subscribed ignore nulls) over so_far = 0 as is_gone
    from points
    window so_far as (
        partition by company_id order by change_date rows between unbounded preceding and current row
    )
),

staged as (
    select
        *,
        case
            when is_gone then 'churn'
            when not is_subscribed then case when sales_stage <> 'none' then sales_stage end
            when has_setup_data and not (has_returned or has_setup or has_value or has_adopted) then 'onboarding'
            when has_value_data and not (has_returned or has_value or has_adopted) then 'implementation'
            when has_use_data and not has_adopted then 'early_adoption'
            when has_more_mrr or has_more_users then 'growth'
            else 'retention'
        end as stage_name
    from states
),

turns as (
    select
        *,
        lag(stage_name) over (partition by company_id order by change_date) as last_stage_name
    from staged
),

entered as (
    select
        company_id,
        source_id,
        customer_id,
        account_id,
        stage_name,
        change_date as from_date,
        lead(change_date) over (partition by company_id order by change_date) as to_date,
        case stage_name
            when 'churn' then 'mrr_ended'
            when 'onboarding' then 'first_payment'
            when 'implementation' then case when has_setup_data then 'setup_completed' else 'no_data' end
            when 'early_adoption' then case
                when has_returned then 'reactivated'
                when has_value then 'first_value_reached'
                else 'no_data'
            end
            when 'growth' then case when has_more_mrr then 'mrr_expanded' else 'active_users_expanded' end
            when 'retention' then case
                when last_stage_name = 'growth' then 'expansion_over'
                when has_adopted then 'adoption_held'
                else 'no_data'
            end
            else sales_reason
        end as entry_reason
    from turns
    where stage_name is distinct from last_stage_name
)

select
    company_id,
    source_id,
    customer_id,
    account_id,
    row_number() over by_time as stage_number,
    stage_name,
    entry_reason,
    from_date,
    to_date,
    to_date is null as is_current,
    {{ days_between('from_date', 'coalesce(to_date, ' ~ add_days(last_measured_day(), 1) ~ ')') }} as stage_days,
    lag(stage_name) over by_time as previous_stage_name,
    lead(stage_name) over by_time as next_stage_name
from entered
where stage_name is not null
window by_time as (partition by company_id order by from_date)
