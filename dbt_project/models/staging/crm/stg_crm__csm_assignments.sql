with csm_assignments as (
    {{ current_of('crm_csm_assignments', key=['customer_id', 'assigned_at']) }}
)

select
    source_id,
    customer_id,
    csm_id,
    csm_name,
    assigned_at,
    unassigned_at
from csm_assignments
