{#- The label looks ahead of each month start; a horizon that is not over at the run's as_of tells nothing. -#}
{%- set horizons = [30, 90] -%}
with snapshots as (
    select
        kept.*,
        coalesce(customers.customer_id, kept.customer_id) as current_customer_id
    from {{ ref('int_churn_months_kept') }} as kept
    {#
      Who was merged since is no churn: whether it stays is told by whom it was merged into. That one may be known
      to the CRM alone.
    #}
    left join {{ ref('int_customers_resolved') }} as customers
        on
            kept.source_id = customers.source_id
            and kept.customer_id = customers.source_id || ':' || customers.billing_customer_id
),

ahead as (
    select
        snapshots.customer_id,
        snapshots.as_of_date,
        events.churn_kind,
        events.left_at,
        row_number() over (
            partition by snapshots.customer_id, snapshots.as_of_date order by events.left_at, events.left_by
        ) as sequence
    from snapshots
    inner join {{ ref('int_churn_events_dated') }} as events
        on snapshots.current_customer_id = events.customer_id and events.left_at >= snapshots.snapshot_at
),

labelled as (
    select
        snapshots.*
        {%- for days in horizons %},
        case when ahead.left_at < {{ local_midnight(add_days('snapshots.as_of_date', days)) }} then ahead.churn_kind end
            as churn_kind_{{ days }},
        {{ local_midnight(add_days('snapshots.as_of_date', days)) }} <= {{ as_of() }} as is_observed_{{ days }}
        {%- endfor %}
    from snapshots
    left join ahead
        on
            snapshots.customer_id = ahead.customer_id
            and snapshots.as_of_date = ahead.as_of_date
            and ahead.sequence = 1
)

select
    *
    {%- for days in horizons %},
    case when is_observed_{{ days }} then churn_kind_{{ days }} is not null end as churned_within_{{ days }}
    {%- endfor %}
from labelled
