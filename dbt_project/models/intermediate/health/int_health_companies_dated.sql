{#- What a snapshot could know of the company behind a customer; of several the survivor's own speaks, as in segments. -#}
with account_versions as (
    {{ held_versions_of('crm_accounts', ['account_id'], 'updated_at') }}
),

accounts as (
    {{ held_of_customers('account_versions', [
        'source_id', 'account_id', 'account_versions.customer_id as billing_customer_id', 'industry',
        'upper(account_versions.country_code) as country_code', 'acquisition_channel',
        'coalesce(account_versions.company_size_band, ' ~ company_size_band('account_versions.employee_count')
        ~ ') as company_size_band'
    ]) }}
),

billing_versions as (
    {{ held_versions_of('billing_customers', ['customer_id'], 'updated_at') }}
),

billing as (
    {{ held_of_customers('billing_versions', [
        'source_id', 'billing_versions.customer_id as billing_customer_id',
        'upper(billing_versions.country_code) as country_code'
    ]) }}
),

ranked as (
    select
        snapshots.customer_id,
        snapshots.as_of_date,
        accounts.industry,
        accounts.country_code,
        accounts.acquisition_channel,
        accounts.company_size_band,
        billing.country_code as billing_country_code,
        row_number() over (
            partition by snapshots.customer_id, snapshots.as_of_date
            order by
                accounts.source_id || ':' || accounts.billing_customer_id = snapshots.customer_id desc nulls last,
                accounts.source_id,
                accounts.account_id,
                billing.source_id || ':' || billing.billing_customer_id = snapshots.customer_id desc nulls last,
                billing.source_id,
                billing.billing_customer_id
        ) as preference
    from {{ ref('int_health_snapshots_dated') }} as snapshots
    left join accounts
        on snapshots.customer_id = accounts.customer_id and {{ held_on('accounts', 'snapshots.as_of_date') }}
    left join billing
        on
            snapshots.customer_id = billing.customer_id
            and {{ held_on('billing', 'snapshots.as_of_date') }}
            and billing.country_code is not null
)

select
    customer_id,
    as_of_date,
    {% for column in ['industry', 'acquisition_channel', 'company_size_band'] -%}
    coalesce({{ column }}, '{{ no_segment() }}') as {{ column }},
    {% endfor -%}
    coalesce(country_code, billing_country_code, '{{ no_segment() }}') as country
from ranked
where preference = 1
