{#-
  Movements, rates aside, that cannot follow the customer's movement before: nobody is new twice or later
  than first, only who left is reactivated, only who paused resumes, only who pays grows, shrinks or pauses.
-#}
with followed as (
    select
        customer_id,
        changed_at,
        movement_type,
        coalesce(
            lag(movement_type) over (partition by customer_id order by changed_at), 'nothing'
        ) as previous_type
    from {{ ref('fct_mrr_changes') }}
    where movement_type <> 'fx'
),

judged as (
    select
        *,
        previous_type in ('new', 'reactivation', 'resume', 'expansion', 'contraction') as was_paying
    from followed
)

select
    customer_id,
    changed_at,
    movement_type,
    previous_type
from judged
where
    not case movement_type
        when 'new' then previous_type = 'nothing'
        when 'reactivation' then previous_type = 'churn'
        when 'resume' then previous_type = 'pause'
        when 'churn' then was_paying or previous_type = 'pause'
        else was_paying
    end
