{#-
  Days of fct_support have the tickets of fct_support_tickets, days make their month, and the last day's backlog
  is what is open.
-#}
with tickets as (
    select * from {{ ref('fct_support_tickets') }}
    where is_counted
),

days as (
    select * from {{ ref('fct_support') }}
    where grain = 'day' and segment_name = 'all'
),

counted as (
    select day, sum(opened) as opened_count, sum(solved) as solved_count
    from (
        select opened_date as day, 1 as opened, 0 as solved from tickets
        union all
        select solved_date as day, 0 as opened, 1 as solved from tickets
        where solved_date is not null
    ) as events
    group by day
),

open_now as (
    select count(case when is_open then 1 end) as open_count from tickets
),

months as (
    select
        month_start,
        sum(opened_count) as opened_count,
        sum(solved_count) as solved_count
    from (
        select {{ period_start('month', 'period_start') }} as month_start, opened_count, solved_count
        from days
    ) as dated
    group by month_start
)

select 'day' as grain, coalesce(days.period_start, counted.day) as period_start
from days
full outer join counted on days.period_start = counted.day
where
    coalesce(days.opened_count, 0) <> coalesce(counted.opened_count, 0)
    or coalesce(days.solved_count, 0) <> coalesce(counted.solved_count, 0)
union all
select 'month' as grain, months.month_start as period_start
from months
left join {{ ref('fct_support') }} as support
    on support.grain = 'month' and support.segment_name = 'all' and months.month_start = support.period_start
where
    months.opened_count is distinct from support.opened_count
    or months.solved_count is distinct from support.solved_count
union all
select 'backlog' as grain, days.period_start
from days
cross join open_now
where days.period_end > {{ last_measured_day() }} and days.backlog_count <> open_now.open_count
