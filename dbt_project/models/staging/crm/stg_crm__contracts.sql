with contracts as (
    {{ current_of('crm_contracts', key=['contract_id'], effective_at='updated_at') }}
)

select
    source_id,
    contract_id,
    customer_id,
    subscription_id,
    term_months,
    is_auto_renew,
    start_date,
    end_date,
    renewal_date,
    notice_given_at
from contracts
