{%- set sources = ['usage', 'survey', 'support', 'payments', 'invoices', 'onboarding'] -%}

with freshness as (
    select
        source_id,
        as_of_date,
        {% for source in sources -%}
        max(case when source_name = '{{ source }}' then fresh_at end) as {{ source }}_fresh_at
        {%- if not loop.last %},{% endif %}
        {% endfor %}
    from {{ ref('int_health_sources_dated') }}
    group by source_id, as_of_date
)

select
    snapshots.customer_id,
    snapshots.as_of_date,
    snapshots.snapshot_at,
    snapshots.tenure_days,
    terms.renewal_days,
    invoices.open_dunning_days,
    cast(snapshots.seat_count as double) as seat_count,
    usage_measured.weekly_events_per_seat_log,
    usage_measured.usage_trend_log_ratio,
    adoption.core_feature_rate,
    usage_measured.active_seat_ratio,
    sentiment.last_nps_score,
    sentiment.mean_csat_score,
    support.severe_ticket_ratio,
    support.ticket_ratio,
    cast(payments.failed_payment_count as double) as failed_payment_count,
    cast(invoices.open_dunning_count as double) as open_dunning_count,
    invoices.mean_late_days,
    usage_measured.active_user_trend_log_ratio,
    {# Nobody knows what a customer that was away 26 weeks ago would have had: NULL. #}
    ln(cast(snapshots.seat_count as double) / cast(snapshots.earlier_seat_count as double)) as seat_change_log_ratio,
    onboarding.milestone_rate,
    usage_measured.weekly_events_per_seat_log as early_use_log,
    {% for source in sources -%}
    freshness.{{ source }}_fresh_at is not null as has_{{ source }}_source,
    freshness.{{ source }}_fresh_at,
    {% endfor -%}
    {# Who is paying at the snapshot is known from its subscriptions: they have just been read. #}
    true as has_subscriptions_source,
    snapshots.snapshot_at as subscriptions_fresh_at,
    snapshots.source_id,
    terms.term_months,
    terms.period_end_days,
    {% for days in [30, 90] -%}
    terms.term_months < 6 or terms.period_end_days <= {{ days }} + {{ var('cancellation_notice_days', 60) }}
        as can_leave_within_{{ days }},
    {% endfor -%}
    terms.auto_renews,
    snapshots.mrr_amount,
    terms.plan_name as plan,
    terms.billing_interval,
    companies.company_size_band,
    companies.industry,
    companies.country,
    companies.acquisition_channel,
    terms.has_given_notice
from {{ ref('int_health_snapshots_dated') }} as snapshots
left join freshness
    on snapshots.source_id = freshness.source_id and snapshots.as_of_date = freshness.as_of_date
{% for model, alias in [
    ('int_health_terms_dated', 'terms'),
    ('int_health_companies_dated', 'companies'),
    ('int_health_usage_measured', 'usage_measured'),
    ('int_health_adoption_measured', 'adoption'),
    ('int_health_sentiment_measured', 'sentiment'),
    ('int_health_support_measured', 'support'),
    ('int_health_payments_measured', 'payments'),
    ('int_health_invoices_measured', 'invoices'),
    ('int_health_onboarding_measured', 'onboarding'),
] -%}
left join {{ ref(model) }} as {{ alias }}
    on snapshots.customer_id = {{ alias }}.customer_id and snapshots.as_of_date = {{ alias }}.as_of_date
{% endfor %}
