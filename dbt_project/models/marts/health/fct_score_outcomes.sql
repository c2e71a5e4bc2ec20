{#- Did green stay and red leave: bands at the first snapshot of each quarter, and who left in the days after. -#}
with bands as (
    select
        *,
        {{ period_start('quarter', 'as_of_date') }} as quarter_start
    from ({{ score_bands() }}) as banded
),

firsts as (
    select
        score_kind,
        quarter_start,
        min(as_of_date) as as_of_date
    from bands
    group by score_kind, quarter_start
),

{# What is not over yet has no outcome. #}
watched as (
    select
        bands.*,
        {{ local_midnight('bands.as_of_date') }} as snapshot_at
    from bands
    inner join firsts
        on bands.score_kind = firsts.score_kind and bands.as_of_date = firsts.as_of_date
    where {{ add_days('bands.as_of_date', risk_horizon_days()) }} <= {{ local_date(as_of()) }}
),

left_after as (
    select distinct
        watched.score_kind,
        watched.customer_id,
        watched.as_of_date
    from watched
    inner join {{ ref('int_churn_events_dated') }} as events
        on
            watched.customer_id = events.customer_id
            and events.left_at >= watched.snapshot_at
            and events.left_at < {{ add_days_to_instant('watched.snapshot_at', risk_horizon_days()) }}
)

select
    watched.score_kind,
    watched.quarter_start,
    watched.as_of_date,
    watched.band,
    count(*) as customers_count,
    count(left_after.customer_id) as churned_customers_count,
    {{ exact_divide('count(left_after.customer_id)', 'count(*)') }} as churn_rate,
    sum(watched.expected_departures) as expected_churned_customers,
    {{ money('sum(watched.mrr_amount)') }} as mrr_amount,
    {{ money('sum(case when left_after.customer_id is not null then watched.mrr_amount else 0 end)') }}
        as churned_mrr_amount
from watched
left join left_after
    on
        watched.score_kind = left_after.score_kind
        and watched.customer_id = left_after.customer_id
        and watched.as_of_date = left_after.as_of_date
group by watched.score_kind, watched.quarter_start, watched.as_of_date, watched.band
