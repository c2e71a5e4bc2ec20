-- Month movements the usual way: a row for every customer and month, then what changed from the one before.
create schema spine;

create table spine.customer_months as
with months as (
    select cast(unnest(generate_series(timestamp '$first_month', timestamp '$last_month', interval 1 month)) as date)
        as month
),
customers as (
    select customer_id, min(valid_from_at) as first_paid_at
    from intermediate.int_item_mrr_computed
    where state = 'paying' and mrr_amount > 0
    group by customer_id
)
select customers.customer_id, months.month, customers.first_paid_at
from customers
cross join months;

-- The company sells in the reporting currency: the spine is spared the rates, the ledger is not.
create table spine.balances as
select
    spine.customer_id, spine.month, spine.first_paid_at,
    cast(coalesce(sum(items.mrr_amount), 0) as decimal(38, 10)) as mrr
from spine.customer_months as spine
left join intermediate.int_item_mrr_computed as items
    on
        spine.customer_id = items.customer_id
        and items.state = 'paying'
        and items.valid_from_at < spine.month + interval 1 month
        and items.valid_to_at >= spine.month + interval 1 month
group by spine.customer_id, spine.month, spine.first_paid_at;

create table spine.movements as
with stepped as (
    select *, lag(mrr, 1, 0) over (partition by customer_id order by month) as mrr_before from spine.balances
)
select
    month, customer_id,
    case
        when mrr_before = 0 and first_paid_at >= month then 'new'
        when mrr_before = 0 then 'reactivation'
        when mrr = 0 then 'churn'
        when mrr > mrr_before then 'expansion'
        else 'contraction'
    end as movement_type,
    mrr - mrr_before as movement_amount, mrr_before as starting_mrr_amount, mrr as ending_mrr_amount
from stepped
where mrr <> mrr_before;
