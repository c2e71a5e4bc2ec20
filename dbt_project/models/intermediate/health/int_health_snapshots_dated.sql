{#- Weekly snapshots end at the run's as_of and reach back far enough to smooth and compare the last. -#}
{%- set weeks = var('health_snapshot_weeks', 21) -%}

with dates as (
    {% for weeks_ago in range(weeks) -%}
    select
        {{ weeks_ago }} as weeks_ago,
        {{ add_days(local_date(as_of()), -7 * weeks_ago) }} as as_of_date
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

instants as (
    select
        weeks_ago,
        as_of_date,
        {{ local_midnight('as_of_date') }} as snapshot_at
    from dates
),

items as (
    select *
    from {{ ref('int_item_mrr_computed') }}
    where state = 'paying' and mrr_amount > 0
),

first_paid as (
    select
        customer_id,
        min(valid_from_at) as first_paid_at
    from items
    group by customer_id
),

{# A boundary belongs to what was before it; add-ons of one unit are no seats of their own. #}
subscriptions as (
    select
        instants.weeks_ago,
        instants.as_of_date,
        instants.snapshot_at,
        items.source_id,
        items.customer_id,
        items.subscription_id,
        max(items.quantity) as seat_count
    from items
    cross join instants
    where items.valid_from_at < instants.snapshot_at and items.valid_to_at >= instants.snapshot_at
    group by all
),

customers as (
    select
        subscriptions.source_id,
        subscriptions.customer_id,
        subscriptions.as_of_date,
        subscriptions.snapshot_at,
        subscriptions.weeks_ago,
        first_paid.first_paid_at,
        {{ local_date('first_paid.first_paid_at') }} as first_paid_date,
        sum(subscriptions.seat_count) as seat_count
    from subscriptions
    inner join first_paid
        on subscriptions.customer_id = first_paid.customer_id
    group by all
)

select
    source_id,
    customer_id,
    as_of_date,
    snapshot_at,
    weeks_ago,
    first_paid_at,
    first_paid_date,
    {{ days_between('first_paid_date', 'as_of_date') }} as tenure_days,
    seat_count
from customers
