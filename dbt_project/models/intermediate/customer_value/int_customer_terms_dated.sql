{#-
  What binds a customer at the start of each month and at the run's as_of: the largest of what it pays for then.
  Whose committed MRR is nothing has said that it leaves when the running terms end.
  Terms follow one another from the first payment for a subscription on that term; what ends on a day was running
  when the day began.
-#}
with {{ daily_openings({'mrr_amount': 'mrr_after', 'committed_mrr_amount': 'committed_mrr_after'}) }},

dates as (
    select period_start as dated_on from {{ ref('int_periods_spanned') }}
    where grain = 'month' and is_billed
    union
    select {{ local_date(as_of()) }} as dated_on
),

instants as (
    select
        dated_on,
        {{ local_midnight('dated_on') }} as dated_at
    from dates
),

items as (
    select
        *,
        min(valid_from_at) over (
            partition by source_id, subscription_id, billing_interval, billing_interval_count
        ) as bound_from_at,
        {{ billing_term_months() }} as term_months
    from {{ ref('int_item_mrr_computed') }}
    where state = 'paying' and mrr_amount > 0
),

ranked as (
    select
        items.customer_id,
        instants.dated_on,
        items.plan_name,
        items.term_months,
        {{ local_date('items.bound_from_at') }} as bound_from_date,
        row_number() over (
            partition by items.customer_id, instants.dated_on
            order by
                {{ money('items.mrr_amount * rates.exchange_rate') }} desc nulls last,
                items.source_id, items.subscription_item_id, items.valid_from_at
        ) as preference
    from items
    inner join instants
        on items.valid_from_at < instants.dated_at and items.valid_to_at >= instants.dated_at
    left join {{ ref('int_exchange_rates_resolved') }} as rates
        on
            items.rate_key = rates.rate_key
            and rates.valid_from_at < instants.dated_at
            and rates.valid_to_at >= instants.dated_at
),

bound as (
    select
        ranked.customer_id,
        ranked.dated_on,
        ranked.plan_name,
        ranked.term_months,
        openings.mrr_amount,
        openings.committed_mrr_amount = 0 as is_leaving,
        {{ months_over('ranked.bound_from_date', 'ranked.dated_on') }} as bound_months,
        {{ months_over('payments.first_paid_date', 'ranked.dated_on') }} as paid_months
    from ranked
    inner join {{ ref('int_customer_first_payments') }} as payments
        on ranked.customer_id = payments.customer_id
    inner join openings
        on
            ranked.customer_id = openings.customer_id
            and ranked.dated_on >= openings.opening_from_date
            and ranked.dated_on < openings.opening_to_date
    where ranked.preference = 1 and openings.mrr_amount > 0
)

select
    customer_id,
    dated_on,
    coalesce(plan_name, '{{ no_segment() }}') as plan,
    cast(term_months as int) as term_months,
    {# On a long term a customer leaves when one is over, else at the end of any month. #}
    cast(case when term_months >= 6 then floor(bound_months / cast(term_months as double)) else paid_months end as int)
        as completed_periods,
    cast(case when term_months >= 6 then term_months - mod(bound_months, term_months) else 1 end as int)
        as months_to_end,
    is_leaving,
    mrr_amount
from bound
