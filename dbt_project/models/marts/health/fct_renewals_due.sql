{#-
  Terms that end within half a year. The probability speaks as far as it looks; beyond, the share of all terms so
  far that were renewed; who has given notice will not renew.
-#}
with due as (
    select
        customer_id,
        as_of_date,
        term_months,
        mrr_amount,
        has_given_notice,
        auto_renews,
        renewal_days,
        {{ add_days('as_of_date', 'renewal_days') }} as renewal_date
    from {{ ref('int_health_card_inputs') }}
    where as_of_date = {{ local_date(as_of()) }} and renewal_days between 0 and 180
),

history as (
    select
        cast(count(*) as double) as ended_terms_count,
        cast(sum(case when is_lost then 0 else 1 end) as double) as renewed_terms_count
    from {{ ref('int_customer_months_survived') }}
    where term_months >= 6 and period > 0
),

judged as (
    select
        due.*,
        risks.churn_probability,
        risks.risk_band,
        risks.health_score,
        history.renewed_terms_count / nullif(history.ended_terms_count, 0) as renewed_terms_rate,
        case
            when due.has_given_notice then 'notice given'
            when due.renewal_days <= {{ risk_horizon_days() }} and risks.churn_probability is not null
                then 'churn probability'
            when history.ended_terms_count > 0 then 'terms renewed so far'
            else 'no term has ended yet'
        end as renewal_rate_source
    from due
    cross join history
    left join {{ ref('int_customer_risks_joined') }} as risks
        on due.customer_id = risks.customer_id and due.as_of_date = risks.as_of_date
),

rated as (
    select
        *,
        case renewal_rate_source
            when 'notice given' then 0
            when 'churn probability' then 1 - churn_probability
            when 'terms renewed so far' then renewed_terms_rate
        end as renewal_rate
    from judged
)

select
    rated.customer_id,
    rated.as_of_date,
    customers.customer_name,
    customers.csm as csm_owner,
    customers.plan,
    rated.renewal_date,
    {{ period_start('month', 'rated.renewal_date') }} as renewal_month,
    cast(rated.term_months as int) as term_months,
    rated.auto_renews,
    rated.mrr_amount,
    customers.currency_code,
    rated.renewal_rate,
    rated.renewal_rate_source,
    {{ money('rated.mrr_amount * cast(rated.renewal_rate as decimal(18, 10))') }} as expected_renewed_mrr_amount,
    rated.health_score,
    rated.risk_band
from rated
left join {{ ref('dim_customers') }} as customers on rated.customer_id = customers.customer_id
