{%- set reasons = ['driver', 'metric', 'value', 'change', 'points_lost'] -%}
{%- set columns = {'customer_id': 'string', 'as_of_date': 'date', 'horizon_days': 'int', 'reason_source': 'string'} -%}
{%- for rank in [1, 2, 3] -%}
    {%- for part in reasons -%}
        {%- do columns.update({'reason_' ~ rank ~ '_' ~ part: 'string' if part in ['driver', 'metric'] else 'double'}) -%}
    {%- endfor -%}
{%- endfor -%}
with today as (
    select * from {{ ref('int_customer_risks_joined') }}
    where as_of_date = {{ local_date(as_of()) }} and risk_band in ('red', 'yellow')
),

week_before as (
    select * from {{ ref('int_customer_risks_joined') }}
    where as_of_date = {{ add_days(local_date(as_of()), -7) }}
),

reasons as (
    {{ scores_of('fct_churn_probability', columns) }}
)

select
    today.customer_id,
    today.as_of_date,
    customers.customer_name,
    customers.csm as csm_owner,
    customers.plan,
    today.risk_band,
    today.mrr_amount,
    customers.currency_code,
    {{ add_days('today.as_of_date', 'inputs.renewal_days') }} as renewal_date,
    today.churn_probability,
    {{ money('today.mrr_amount * cast(today.churn_probability as decimal(18, 10))') }} as expected_loss_amount,
    today.health_score,
    today.health_band,
    today.health_trend,
    today.has_conflict,
    today.withheld_reason,
    today.churn_probability - week_before.churn_probability as churn_probability_change,
    cast(today.health_score - week_before.health_score as decimal(9, 4)) as health_score_change,
    coalesce(week_before.risk_band not in ('red', 'yellow'), true) as is_new_at_risk,
    reasons.reason_source
    {%- for rank in [1, 2, 3] %}
    {%- for part in ['driver', 'metric', 'value', 'change', 'points_lost'] %},
    reasons.reason_{{ rank }}_{{ part }}
    {%- endfor %}
    {%- endfor %}
from today
left join week_before on today.customer_id = week_before.customer_id
left join reasons
    on
        today.customer_id = reasons.customer_id
        and today.as_of_date = reasons.as_of_date
        and reasons.horizon_days = {{ risk_horizon_days() }}
left join {{ ref('dim_customers') }} as customers on today.customer_id = customers.customer_id
left join {{ ref('int_health_card_inputs') }} as inputs
    on today.customer_id = inputs.customer_id and today.as_of_date = inputs.as_of_date
