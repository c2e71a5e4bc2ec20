with changed as (
    select
        *,
        coalesce(first_paid_at >= changed_at, true) as is_new
    from {{ ref('int_customer_mrr_changed') }}
),

typed as (
    select
        *,
        {{ movement_type() }} as movement_type,
        {{ movement_fx() }} as counted_fx_amount
    from changed
),

movements as (
    select
        customer_id, changed_at, change_date, mrr_before, mrr_after, is_reconstructed, movement_type,
        mrr_after - mrr_before - counted_fx_amount as movement_amount
    from typed
    where movement_type is not null
    union all
    select
        customer_id, changed_at, change_date, mrr_before, mrr_after, is_reconstructed, 'fx' as movement_type,
        counted_fx_amount as movement_amount
    from typed
    where counted_fx_amount <> 0
)

select
    customer_id,
    changed_at,
    change_date,
    movement_type,
    '{{ var("reporting_currency") }}' as currency_code,
    {{ money('movement_amount') }} as movement_amount,
    {{ money('mrr_before') }} as starting_mrr_amount,
    {{ money('mrr_after') }} as ending_mrr_amount,
    is_reconstructed
from movements
