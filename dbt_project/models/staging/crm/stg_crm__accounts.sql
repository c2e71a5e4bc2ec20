with accounts as (
    {{ versions_of('crm_accounts', key=['account_id'], effective_at='updated_at') }}
)

select
    source_id,
    account_id,
    customer_id,
    account_name,
    industry,
    upper(country_code) as country_code,
    employee_count,
    company_size_band,
    acquisition_channel,
    region_name,
    created_at,
    valid_from_at,
    valid_to_at,
    is_first_version,
    is_deleted
from accounts
