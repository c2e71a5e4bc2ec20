{{ config(tags=['scored']) }}
{#- What was said of each customer at each snapshot: by the card, and by the probability of the longer horizon. -#}
with {{ daily_openings({'mrr_amount': 'mrr_after'}) }},

health as (
    {{ scores_of('fct_health_scores', {
        'customer_id': 'string', 'as_of_date': 'date', 'health_score': 'decimal(9, 4)', 'health_band': 'string',
        'health_trend': 'string', 'coverage_rate': 'double'
    }) }}
),

churn as (
    select * from (
        {{ scores_of('fct_churn_probability', {
            'customer_id': 'string', 'as_of_date': 'date', 'horizon_days': 'int', 'churn_probability': 'double',
            'churn_band': 'string', 'status': 'string', 'withheld_reason': 'string', 'conflict_flag': 'boolean'
        }) }}
    ) as probabilities
    where horizon_days = {{ risk_horizon_days() }}
),

said as (
    select
        coalesce(health.customer_id, churn.customer_id) as customer_id,
        coalesce(health.as_of_date, churn.as_of_date) as as_of_date,
        health.health_score,
        health.health_band,
        health.health_trend,
        health.coverage_rate,
        churn.churn_probability,
        churn.churn_band,
        churn.status as churn_status,
        churn.withheld_reason,
        coalesce(churn.conflict_flag, false) as has_conflict
    from health
    full outer join churn
        on health.customer_id = churn.customer_id and health.as_of_date = churn.as_of_date
)

select
    said.customer_id,
    said.as_of_date,
    said.health_score,
    said.health_band,
    said.health_trend,
    said.coverage_rate,
    said.churn_probability,
    said.churn_band,
    said.churn_status,
    said.withheld_reason,
    said.has_conflict,
    {# Who has given notice is no longer at risk: the loss is known. #}
    case
        when said.churn_status = 'notice given' then 'leaving'
        else coalesce(said.churn_band, said.health_band)
    end as risk_band,
    {{ money('coalesce(openings.mrr_amount, 0)') }} as mrr_amount
from said
left join openings
    on
        said.customer_id = openings.customer_id
        and said.as_of_date >= openings.opening_from_date
        and said.as_of_date < openings.opening_to_date
