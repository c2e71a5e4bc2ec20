-- Changes of each customer's MRR, with what exchange rates did to it.
create table changes as
with steps as (
    select customer, currency, moment, sum(mrr) as mrr, sum(paused) as paused
    from (
        select customer, currency, begins as moment, if(state = 'paying', mrr, 0) as mrr,
            if(state = 'paused' and mrr > 0, 1, 0) as paused from items
        union all
        select customer, currency, ends, if(state = 'paying', -mrr, 0), if(state = 'paused' and mrr > 0, -1, 0) from items
    ) as both_ends
    where moment < as_of()
    group by customer, currency, moment
),
spans as (
    select customer, currency, min(moment) as first_at, max(moment) as last_at, sum(mrr) as open_mrr
    from steps group by customer, currency
),
instants as (
    select customer, moment from steps
    union
    select customer, from_at
    from spans inner join rates using (currency)
    where from_at > first_at and (from_at < last_at or open_mrr <> 0) and from_at < as_of()
),
held as (
    select
        customer, currency, instants.moment,
        sum(coalesce(mrr, 0)) over so_far as mrr, sum(coalesce(paused, 0)) over so_far as paused
    from instants
    inner join spans using (customer)
    left join steps using (customer, currency, moment)
    window so_far as (partition by customer, currency order by instants.moment rows unbounded preceding)
),
valued as (
    select
        held.*, rate,
        lag(mrr, 1, 0) over by_time as mrr_before, lag(rate, 1, rate) over by_time as rate_before
    from held
    asof inner join rates on held.currency = rates.currency and held.moment >= rates.from_at
    window by_time as (partition by customer, held.currency order by moment)
),
summed as (
    select
        customer, moment, sum(money(mrr * rate)) as after, sum(paused) > 0 as has_paused,
        sum(money(mrr_before * rate) - money(mrr_before * rate_before)) as fx
    from valued
    group by customer, moment
),
stepped as (
    select
        *, lag(after, 1, 0) over by_time as before, lag(has_paused, 1, false) over by_time as had_paused,
        min(moment) filter (after > 0) over (partition by customer) as first_paid
    from summed
    window by_time as (partition by customer order by moment)
),
changed as (
    select *, coalesce(after = 0 and moment >= first_paid and has_paused, false) as paused
    from stepped
    where after <> before or has_paused <> had_paused or fx <> 0
)
select
    customer, moment, cast(moment as date) as day, cast(date_trunc('month', moment) as date) as month, before, after, fx, first_paid,
    paused, lag(paused, 1, false) over (partition by customer order by moment) as was_paused
from changed;
