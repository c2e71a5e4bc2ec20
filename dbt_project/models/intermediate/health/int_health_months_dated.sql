{#-
  What the features of a month start are made of, besides the code: what had been landed by the end of its day,
  and what the ledger says of it, which may be restated. A month that is kept with the same fingerprint is not
  measured again.
-#}
{%- set objects = [
    'usage_events', 'usage_users', 'usage_identity_merges', 'survey_responses', 'support_tickets', 'billing_payments',
    'billing_invoices', 'billing_subscriptions', 'billing_subscription_items', 'billing_customers',
    'billing_subscription_periods', 'crm_onboarding_projects', 'crm_contracts', 'crm_accounts', 'crm_account_merges',
    'survey_definitions'
] -%}

with months as (
    select
        as_of_date,
        {{ local_midnight(add_days('as_of_date', 1)) }} as known_until_at,
        cast(sum({{ summed_hash([
            'customer_id', 'first_paid_at', 'seat_count', 'earlier_seat_count', 'mrr_amount'
        ]) }}) as string) as customers_hash
    from {{ ref('int_health_customers_dated') }}
    where is_month_start
    group by as_of_date
),

terms as (
    select
        as_of_date,
        cast(sum({{ summed_hash([
            'customer_id', 'billing_customer_id', 'subscription_id', 'seat_count', 'mrr_amount', 'plan_name', 'billing_interval',
            'billing_interval_count', 'paying_from_at'
        ]) }}) as string) as subscriptions_hash
    from {{ ref('int_health_subscriptions_dated') }}
    where is_month_start
    group by as_of_date
),

landed as (
    {% for object in objects -%}
    select
        _source_id as source_id,
        '{{ object }}' as object_name,
        _loaded_at as loaded_at,
        count(*) as row_count
    from {{ source('landing', object) }}
    where _loaded_at <= {{ known_at() }}
    group by _source_id, _loaded_at
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

loads as (
    select
        *,
        min(loaded_at) over (partition by source_id, object_name) as first_loaded_at
    from landed
),

{# History is read by every snapshot, whenever it was loaded, and so is what a survey asks. #}
known as (
    select
        months.as_of_date,
        sum(
            {{ summed_hash(['loads.source_id', 'loads.object_name', 'loads.loaded_at', 'loads.row_count']) }}
        ) as landed_hash
    from months
    inner join loads
        on
            loads.loaded_at < months.known_until_at
            or loads.loaded_at = loads.first_loaded_at
            or loads.object_name = 'survey_definitions'
    group by months.as_of_date
)

select
    months.as_of_date,
    months.known_until_at <= {{ known_at() }} as is_settled,
    md5(
        '{{ health_fingerprint() }} ' || months.customers_hash || ' ' || terms.subscriptions_hash || ' '
        || cast(known.landed_hash as string)
    ) as fingerprint
from months
inner join terms on months.as_of_date = terms.as_of_date
inner join known on months.as_of_date = known.as_of_date
