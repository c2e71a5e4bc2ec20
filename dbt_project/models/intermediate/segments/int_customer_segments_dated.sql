{#- Value of every segment of every customer as intervals of openings (days at whose start it holds). -#}
with customers as (
    select distinct customer_id from {{ ref('int_customers_resolved') }}
    where not is_test
),

resolved as (
    select
        source_id,
        billing_customer_id,
        customer_id,
        source_id || ':' || billing_customer_id = customer_id as is_survivor
    from {{ ref('int_customers_resolved') }}
    where not is_test
),

{# Of several companies in the CRM the one of the surviving customer speaks, then the lowest id. #}
chosen_accounts as (
    select
        accounts.source_id,
        accounts.account_id,
        resolved.customer_id,
        row_number() over (
            partition by resolved.customer_id
            order by resolved.is_survivor desc, accounts.source_id, accounts.account_id
        ) as preference
    from (
        select source_id, account_id, max_by(customer_id, valid_from_at) as customer_id
        from {{ ref('stg_crm__accounts') }}
        where customer_id is not null and not is_deleted
        group by source_id, account_id
    ) as accounts
    inner join resolved
        on
            accounts.source_id = resolved.source_id
            and accounts.customer_id = resolved.billing_customer_id
),

attributes as (
    select
        chosen_accounts.customer_id,
        accounts.industry,
        accounts.country_code,
        coalesce(accounts.company_size_band, {{ company_size_band('accounts.employee_count') }}) as company_size,
        accounts.acquisition_channel,
        case
            when accounts.is_first_version then cast('1900-01-01' as date)
            else {{ first_opening('accounts.valid_from_at') }}
        end as opening_from_date,
        accounts.valid_from_at as known_at
    from {{ ref('stg_crm__accounts') }} as accounts
    inner join chosen_accounts
        on
            accounts.source_id = chosen_accounts.source_id
            and accounts.account_id = chosen_accounts.account_id
    where chosen_accounts.preference = 1 and not accounts.is_deleted
),

billing_countries as (
    select
        resolved.customer_id,
        max_by(
            customers.country_code,
            case when resolved.is_survivor then '1' else '0' end || customers.customer_id
        ) as country_code
    from {{ ref('stg_billing__customers') }} as customers
    inner join resolved
        on
            customers.source_id = resolved.source_id
            and customers.customer_id = resolved.billing_customer_id
    where customers.country_code is not null
    group by resolved.customer_id
),

{# Later sources win on the same opening: precedence 0 is what is known of nobody. #}
points as (
    {% for segment in segment_names() -%}
    select customer_id, '{{ segment }}' as segment_name, '{{ no_segment() }}' as segment_value,
        cast('1900-01-01' as date) as opening_from_date, {{ long_ago() }} as known_at, 0 as precedence
    from customers
    union all
    {% endfor -%}
    select customer_id, 'country' as segment_name, country_code as segment_value,
        cast('1900-01-01' as date) as opening_from_date, {{ long_ago() }} as known_at, 1 as precedence
    from billing_countries
    union all
    {% for segment, column in [
        ('industry', 'industry'), ('country', 'country_code'), ('company_size', 'company_size'),
        ('acquisition_channel', 'acquisition_channel')
    ] -%}
    select customer_id, '{{ segment }}' as segment_name, {{ column }} as segment_value,
        opening_from_date, known_at, 2 as precedence
    from attributes
    where {{ column }} is not null
    union all
    {% endfor -%}
    select customer_id, 'csm' as segment_name, coalesce(csm_id, '{{ no_segment() }}') as segment_value,
        {{ first_opening('changed_at') }} as opening_from_date, changed_at as known_at, 3 as precedence
    from {{ ref('int_csm_owners_resolved') }}
    union all
    select customer_id, 'plan' as segment_name, plan_name as segment_value,
        {{ add_days('change_date', 1) }} as opening_from_date, cast(change_date as timestamp) as known_at, 1 as precedence
    from {{ ref('int_plan_changes_ranked') }}
    where plan_name is not null
    union all
    select customer_id, 'billing_interval' as segment_name, billing_interval as segment_value,
        {{ add_days('change_date', 1) }} as opening_from_date, cast(change_date as timestamp) as known_at, 1 as precedence
    from {{ ref('int_plan_changes_ranked') }}
    where billing_interval is not null
    union all
    select customer_id, 'signup_cohort' as segment_name,
        substr(cast(min({{ local_date('first_paid_at') }}) as string), 1, 7) as segment_value,
        cast('1900-01-01' as date) as opening_from_date, {{ long_ago() }} as known_at, 1 as precedence
    from {{ ref('int_customer_mrr_changed') }}
    where first_paid_at is not null
    group by customer_id
),

ranked as (
    select
        *,
        row_number() over (
            partition by customer_id, segment_name, opening_from_date
            order by known_at desc, precedence desc, segment_value
        ) as preference
    from points
),

intervals as (
    select
        customer_id,
        segment_name,
        segment_value,
        opening_from_date,
        coalesce(
            lead(opening_from_date) over (partition by customer_id, segment_name order by opening_from_date),
            cast('9999-12-31' as date)
        ) as opening_to_date
    from ranked
    where preference = 1
)

select * from intervals
union all
select
    customer_id,
    'all' as segment_name,
    'all' as segment_value,
    cast('1900-01-01' as date) as opening_from_date,
    cast('9999-12-31' as date) as opening_to_date
from customers
