{#- What each customer paid, asked and used in each month: the recurring revenue and the weights of shared costs. -#}
with months as (
    select
        period_start as cost_month,
        {{ local_midnight('period_start') }} as from_at,
        {{ local_midnight('period_end') }} as to_at
    from {{ ref('int_periods_spanned') }}
    where grain = 'month'
),

customers as (
    select
        source_id,
        billing_customer_id,
        customer_id
    from {{ ref('int_customers_resolved') }}
    where not is_test
),

balances as (
    select
        customer_id,
        mrr_after as mrr_amount,
        changed_at as from_at,
        coalesce(lead(changed_at) over (partition by customer_id order by changed_at), {{ forever() }}) as to_at
    from {{ ref('int_customer_mrr_changed') }}
),

{# A balance that ends at a midnight was there at the close before it, and never in the month that begins. #}
paid as (
    select
        balances.customer_id,
        months.cost_month,
        sum(case when balances.to_at >= months.to_at then balances.mrr_amount else 0 end) as mrr_amount
    from balances
    inner join months
        on balances.from_at < months.to_at and balances.to_at > months.from_at
    where balances.mrr_amount > 0
    group by balances.customer_id, months.cost_month
),

asked as (
    select
        customers.customer_id,
        {{ period_start('month', local_date('tickets.created_at')) }} as cost_month,
        count(*) as tickets_count
    from {{ ref('stg_support__tickets') }} as tickets
    inner join customers
        on
            tickets.source_id = customers.source_id
            and tickets.customer_id = customers.billing_customer_id
    where tickets.created_at < {{ as_of() }}
    group by customers.customer_id, {{ period_start('month', local_date('tickets.created_at')) }}
),

{# What qualifies as activity: our own staff and what the product does by itself is nobody's use. #}
used as (
    select
        customer_id,
        activity_month as cost_month,
        event_count as events_count
    from {{ ref('int_customer_activity_measured') }}
    where activity_notion = 'active' and customer_id is not null
),

unioned as (
    select customer_id, cost_month, true as is_paying, mrr_amount, 0 as tickets_count, 0 as events_count from paid
    union all
    select customer_id, cost_month, false as is_paying, 0 as mrr_amount, tickets_count, 0 as events_count from asked
    union all
    select customer_id, cost_month, false as is_paying, 0 as mrr_amount, 0 as tickets_count, events_count from used
),

named as (
    select distinct source_id, customer_id from customers
)

select
    named.source_id,
    unioned.customer_id,
    unioned.cost_month,
    bool_or(unioned.is_paying) as is_paying,
    {{ money('sum(unioned.mrr_amount)') }} as mrr_amount,
    cast(sum(unioned.tickets_count) as bigint) as tickets_count,
    cast(sum(unioned.events_count) as bigint) as usage_events_count
from unioned
inner join named on unioned.customer_id = named.customer_id
group by named.source_id, unioned.customer_id, unioned.cost_month
