-- Active users as an analyst would count them: lean SQL of one engine over the raw events. Who is who (merged
-- users, internal ones, customers) is taken from the warehouse, as both ways need it and it costs little.
-- An event that came twice counts once because activity does; one that came again with other content would not.
create table active_days as
with days as (
    select distinct
        _source_id,
        coalesce(user_id, anonymous_id) as actor_id,
        user_id is not null as is_user,
        customer_id as named_id,
        cast(occurred_at as date) as day
    from read_parquet('$landing/usage_events/**/*.parquet', union_by_name=true, hive_partitioning=false)
    where
        occurred_at < '$as_of' and _loaded_at <= '$as_of' and _operation = 'upsert'
        and event_name <> 'nightly_sync' and coalesce(user_id, anonymous_id) is not null
)
select distinct
    customers.customer_id,
    coalesce(users.resolved_user_id, days.actor_id) as user_id,
    days._source_id,
    days.day
from days
left join warehouse.intermediate.int_users_resolved as users
    on days._source_id = users.source_id and days.actor_id = users.user_id
left join warehouse.intermediate.int_customers_resolved as customers
    on
        days._source_id = customers.source_id
        and coalesce(days.named_id, users.billing_customer_id) = customers.billing_customer_id
where
    (days.is_user or users.user_id is not null) and not coalesce(users.is_internal, false)
    and not coalesce(customers.is_test, false);

create table numbered as
select dense_rank() over (order by customer_id, _source_id, user_id) as user_number, customer_id, day
from active_days;

-- A user counts from a day of use until the window after it is over; what overlaps is one stretch.
create macro within(days) as table
    with neighbours as (
        select
            day,
            lag(day) over (partition by user_number order by day) as before,
            lead(day) over (partition by user_number order by day) as next
        from numbered
    ),
    changes as (
        select day, 1 as change from neighbours where before is null or day - before > days
        union all
        select day + days, -1 from neighbours where next is null or next - day > days
    ),
    summed as (
        select day, sum(change) as change from changes group by day
    )
    select
        spine.day,
        cast(coalesce(sum(summed.change) over (order by spine.day), 0) as bigint) as users
    from (
        select unnest(generate_series(
            (select min(day)::timestamp from numbered), timestamp '$as_of' - interval 1 day, interval 1 day
        ))::date as day
    ) as spine
    left join summed on spine.day = summed.day;

create table days as
select
    weeks.day,
    coalesce(daily.users, 0) as daily_users,
    coalesce(daily.customers, 0) as daily_customers,
    weeks.users as weekly_users,
    months.users as monthly_users
from within(7) as weeks
inner join within(28) as months on weeks.day = months.day
left join (
    select day, count(*) as users, count(distinct customer_id) as customers from numbered group by day
) as daily on weeks.day = daily.day;

create table months as
select
    date_trunc('month', day)::date as month,
    count(distinct user_number) as users,
    count(distinct customer_id) as customers
from numbered
group by month;
