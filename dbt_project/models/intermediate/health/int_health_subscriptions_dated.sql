{#-
  Snapshots are of two kinds, measured alike: weekly ones that end at the run's as_of and reach back far
  enough to smooth and compare the last, and the start of every month. Weekly ones share one grid of weeks
  before the last of them; each month start has whole weeks of its own. One date may be of both kinds.
-#}
{%- set weeks = var('health_snapshot_weeks', 21) -%}

with weekly as (
    {% for weeks_ago in range(weeks) -%}
    select
        {{ weeks_ago }} as weeks_ago,
        {{ add_days(local_date(as_of()), -7 * weeks_ago) }} as as_of_date
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

months as (
    select period_start as as_of_date
    from {{ ref('int_periods_spanned') }}
    where grain = 'month' and {{ local_midnight('period_start') }} <= {{ as_of() }}
),

dates as (
    select
        coalesce(weekly.as_of_date, months.as_of_date) as as_of_date,
        weekly.as_of_date is not null as is_weekly,
        months.as_of_date is not null as is_month_start,
        coalesce(weekly.weeks_ago, 0) as weeks_ago,
        case when weekly.as_of_date is null then months.as_of_date else {{ local_date(as_of()) }} end as grid_date
    from weekly
    full outer join months
        on weekly.as_of_date = months.as_of_date
),

instants as (
    select
        *,
        {{ local_midnight('as_of_date') }} as snapshot_at
    from dates
),

priced as (
    select
        instants.*,
        items.source_id,
        customers.customer_id,
        items.billing_customer_id,
        items.subscription_id,
        items.subscription_item_id,
        items.valid_from_at,
        items.paying_from_at,
        items.quantity,
        items.plan_name,
        items.billing_interval,
        items.billing_interval_count,
        {{ money('items.mrr_amount * rates.exchange_rate') }} as mrr_amount
    from instants
    inner join {{ ref('int_health_items_held') }} as items
        on {{ held_on('items', 'instants.as_of_date') }}
    inner join {{ ref('int_health_customers_held') }} as customers
        on
            items.source_id = customers.source_id
            and items.billing_customer_id = customers.billing_customer_id
            and {{ held_on('customers', 'instants.as_of_date') }}
    left join {{ ref('int_exchange_rates_resolved') }} as rates
        on
            items.rate_key = rates.rate_key
            and rates.valid_from_at < instants.snapshot_at
            and rates.valid_to_at >= instants.snapshot_at
),

ranked as (
    select
        *,
        row_number() over (
            partition by customer_id, as_of_date, source_id, subscription_id
            order by mrr_amount desc nulls last, subscription_item_id, valid_from_at
        ) as item_rank
    from priced
),

{# Add-ons of one unit are no seats of their own. #}
subscriptions as (
    select
        source_id,
        customer_id,
        billing_customer_id,
        subscription_id,
        as_of_date,
        snapshot_at,
        is_weekly,
        is_month_start,
        grid_date,
        weeks_ago,
        paying_from_at,
        max(quantity) as seat_count,
        {{ money('sum(mrr_amount)') }} as mrr_amount,
        max(case when item_rank = 1 then plan_name end) as plan_name,
        max(case when item_rank = 1 then billing_interval end) as billing_interval,
        max(case when item_rank = 1 then billing_interval_count end) as billing_interval_count
    from ranked
    group by all
)

select
    *,
    {# Who pays by the day or the week is bound for a month at most. #}
    case billing_interval when 'year' then 12 * billing_interval_count when 'month' then billing_interval_count else 1 end
        as term_months,
    row_number() over (
        partition by customer_id, as_of_date order by mrr_amount desc nulls last, source_id, subscription_id
    ) as size_rank
from subscriptions
