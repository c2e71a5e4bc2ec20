-- Movements, roll-forward and retention by month.
create table netted as
with summed as (
    select
        customer, month, min_by(before, moment) as before, max_by(after, moment) as after, sum(fx) as fx_path,
        min_by(was_paused, moment) as was_paused, max_by(paused, moment) as is_paused,
        coalesce(min(first_paid) >= min(moment), true) as is_new, min(day) filter (after > 0) as first_paying
    from changes
    group by customer, month
)
select
    *, if(before > 0 and after > 0, fx_path, 0) as fx, after - before - fx as moved,
    if(before > 0 or first_paying is null, month, first_paying + 1) as segment_day,
    case
        when before = 0 and after > 0
            then case when is_new then 'new' when was_paused then 'resume' else 'reactivation' end
        when before > 0 and after = 0 then if(is_paused, 'pause', 'churn')
        when before = 0 and after = 0 and was_paused and not is_paused then 'churn'
        when before > 0 and moved > 0 then 'expansion'
        when before > 0 and moved < 0 then 'contraction'
    end as type
from summed;

create table movements as
select month, customer, type, money(moved) as amount, money(before) as starting, money(after) as ending
from netted where type is not null
union all
select month, customer, 'fx', money(fx), money(before), money(after) from netted where fx <> 0;

create table months as
select cast(unnest(generate_series(min(month), as_of() - interval 1 day, interval 1 month)) as date) as month
from changes;

-- What everybody who pays at the start of a month brings, by the segment of that day.
create table openings as
with balances as (
    select customer, day + 1 as from_day, after as mrr,
        coalesce(lead(day) over (partition by customer order by day) + 1, date '9999-12-31') as to_day
    from (select customer, day, max_by(after, moment) as after from changes group by customer, day)
    qualify after > 0
)
select month, segment, value, sum(mrr) as starting, count(*) as customers
from months
inner join balances on month >= balances.from_day and month < balances.to_day
inner join segments
    on balances.customer = segments.customer and month >= segments.from_day and month < segments.to_day
group by month, segment, value;

create table moved as
select
    month, segment, value,
    coalesce(sum(moved) filter (type = 'new'), 0) as new, coalesce(sum(moved) filter (type = 'reactivation'), 0) as reactivation,
    coalesce(sum(moved) filter (type = 'expansion'), 0) as expansion,
    coalesce(sum(moved) filter (type = 'contraction'), 0) as contraction,
    coalesce(sum(moved) filter (type = 'churn'), 0) as churn, coalesce(sum(moved) filter (type = 'pause'), 0) as pause,
    coalesce(sum(moved) filter (type = 'resume'), 0) as resume, sum(fx) as fx,
    coalesce(sum(after - before) filter (before > 0), 0) as kept_net,
    coalesce(sum(least(after - before, 0)) filter (before > 0), 0) as kept_gross,
    count(*) filter (type = 'churn' and before > 0) as lost
from netted
inner join segments
    on netted.customer = segments.customer and segment_day >= from_day and segment_day < to_day
group by month, segment, value;

create table roll_forward as
select
    month, segment, value, money(coalesce(starting, 0)) as starting, coalesce(customers, 0) as customers,
    money(coalesce(new, 0)) as new, money(coalesce(reactivation, 0)) as reactivation,
    money(coalesce(expansion, 0)) as expansion, money(coalesce(contraction, 0)) as contraction,
    money(coalesce(churn, 0)) as churn, money(coalesce(pause, 0)) as pause, money(coalesce(resume, 0)) as resume,
    money(coalesce(fx, 0)) as fx, coalesce(lost, 0) as lost,
    money(coalesce(starting, 0) + coalesce(kept_net, 0)) as kept_net,
    money(coalesce(starting, 0) + coalesce(kept_gross, 0)) as kept_gross
from months
cross join (select distinct segment, value from segments)
left join openings using (month, segment, value)
left join moved using (month, segment, value);

create table retention as
select
    month, segment, value, starting, kept_net, kept_gross, customers, lost,
    quotient(kept_net, starting) as nrr, quotient(kept_gross, starting) as grr
from roll_forward;
