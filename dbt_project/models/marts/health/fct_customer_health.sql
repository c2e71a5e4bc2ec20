{#- A period is told by its last snapshot: the one that ends it, or the latest before. -#}
{%- set measures = [
    'scored_customers_count', 'health_score_sum', 'trended_customers_count', 'declining_customers_count',
    'predicted_customers_count', 'churn_probability_sum', 'predicted_mrr_amount', 'expected_loss_amount',
    'scored_mrr_amount', 'red_mrr_amount', 'valued_customers_count', 'residual_value_amount'
] -%}
with dated as (
    select distinct as_of_date, {{ add_days('as_of_date', -1) }} as last_day
    from {{ ref('int_customer_risks_joined') }}
),

placed as (
    {{ placed_in_periods('dated', 'last_day', trailing=[]) }}
),

lasts as (
    select
        grain,
        period_start,
        max(as_of_date) as as_of_date
    from placed
    group by grain, period_start
),

valued as (
    {{ scores_of('fct_clv', {
        'customer_id': 'string', 'as_of_date': 'date', 'residual_value_amount': money_type()
    }) }}
),

customers as (
    select
        lasts.grain,
        lasts.period_start,
        risks.customer_id,
        case when risks.health_score is not null then 1 else 0 end as scored_customers_count,
        coalesce(cast(risks.health_score as {{ money_type() }}), 0) as health_score_sum,
        case when risks.health_trend is not null then 1 else 0 end as trended_customers_count,
        case when risks.health_trend = 'declining' then 1 else 0 end as declining_customers_count,
        case when risks.churn_probability is not null then 1 else 0 end as predicted_customers_count,
        coalesce(cast(risks.churn_probability as {{ money_type() }}), 0) as churn_probability_sum,
        case when risks.churn_probability is not null then risks.mrr_amount else 0 end as predicted_mrr_amount,
        coalesce({{ money('risks.mrr_amount * cast(risks.churn_probability as decimal(18, 10))') }}, 0)
            as expected_loss_amount,
        risks.mrr_amount as scored_mrr_amount,
        case when risks.risk_band = 'red' then risks.mrr_amount else 0 end as red_mrr_amount,
        case when valued.residual_value_amount is not null then 1 else 0 end as valued_customers_count,
        coalesce(valued.residual_value_amount, 0) as residual_value_amount
    from lasts
    inner join {{ ref('int_customer_risks_joined') }} as risks
        on lasts.as_of_date = risks.as_of_date
    left join valued
        on risks.customer_id = valued.customer_id and risks.as_of_date = valued.as_of_date
),

summed as (
    {{ summed_in_segments('customers', measures) }}
)

select
    summed.grain,
    summed.period_start,
    periods.period_end,
    periods.is_complete,
    summed.segment_name,
    summed.segment_value,
    '{{ var("reporting_currency") }}' as currency_code,
    cast(summed.scored_customers_count as bigint) as scored_customers_count,
    {{ money('summed.health_score_sum') }} as health_score_sum,
    {{ exact_divide('summed.health_score_sum', 'summed.scored_customers_count') }} as health_score,
    cast(summed.trended_customers_count as bigint) as trended_customers_count,
    cast(summed.declining_customers_count as bigint) as declining_customers_count,
    {{ exact_divide('summed.declining_customers_count', 'summed.trended_customers_count') }} as declining_rate,
    cast(summed.predicted_customers_count as bigint) as predicted_customers_count,
    {{ money('summed.churn_probability_sum') }} as churn_probability_sum,
    {{ exact_divide('summed.churn_probability_sum', 'summed.predicted_customers_count') }} as predicted_churn_rate,
    {{ money('summed.predicted_mrr_amount') }} as predicted_mrr_amount,
    {{ money('summed.expected_loss_amount') }} as expected_loss_amount,
    {{ money('summed.scored_mrr_amount') }} as scored_mrr_amount,
    {{ money('summed.red_mrr_amount') }} as red_mrr_amount,
    cast(summed.valued_customers_count as bigint) as valued_customers_count,
    {{ money('summed.residual_value_amount') }} as residual_value_amount
from summed
inner join {{ ref('int_periods_spanned') }} as periods
    on summed.grain = periods.grain and summed.period_start = periods.period_start
