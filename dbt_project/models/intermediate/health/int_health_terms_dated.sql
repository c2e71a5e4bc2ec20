{#-
  Terms of a customer at a snapshot: those of its largest subscription, from the contract where the CRM knows
  one that was running, else from billing; and whether everything that it pays for has been cancelled.
-#}
with subscriptions as (
    {{ measured_subscriptions() }}
),

termed as (
    select
        subscriptions.customer_id,
        subscriptions.as_of_date,
        subscriptions.size_rank,
        coalesce(contracts.term_months, subscriptions.term_months) as term_months,
        {{ days_between(
            'subscriptions.as_of_date',
            'coalesce(contracts.until_date, ' ~ local_date('periods.period_end_at') ~ ', '
            ~ local_date(next_term_end('subscriptions')) ~ ')'
        ) }} as period_end_days,
        contracts.is_auto_renew as auto_renews,
        subscriptions.plan_name,
        subscriptions.billing_interval,
        coalesce(periods.has_notice, false) or coalesce(contracts.has_notice, false) as has_notice
    from subscriptions
    {% for model, alias in [('int_health_periods_dated', 'periods'), ('int_health_contracts_dated', 'contracts')] -%}
    left join {{ ref(model) }} as {{ alias }}
        on
            subscriptions.as_of_date = {{ alias }}.as_of_date
            and subscriptions.source_id = {{ alias }}.source_id
            and subscriptions.subscription_id = {{ alias }}.subscription_id
    {% endfor %}
)

select
    customer_id,
    as_of_date,
    max(case when size_rank = 1 then term_months end) as term_months,
    max(case when size_rank = 1 then period_end_days end) as period_end_days,
    {# Who can leave every month has no renewal to prepare for. #}
    min(case when term_months >= 6 then period_end_days end) as renewal_days,
    bool_or(case when size_rank = 1 then auto_renews end) as auto_renews,
    max(case when size_rank = 1 then plan_name end) as plan_name,
    max(case when size_rank = 1 then billing_interval end) as billing_interval,
    bool_and(has_notice) as has_given_notice
from termed
group by customer_id, as_of_date
