-- Value of each segment of each customer from which day's opening on.
create table segments as
with plans as (
    select
        customer, cast(instants.moment as date) as day, instants.moment,
        arg_min(plan, preference) as plan,
        arg_min(if(intervals = 1, every, intervals || ' ' || every || 's'), preference) as billing_interval
    from (
        select customer, begins as moment from items where state = 'paying' and mrr > 0
        union
        select customer, ends from items where state = 'paying' and mrr > 0 and ends < as_of()
    ) as instants
    inner join (
        select *, row_number() over (partition by customer order by mrr * coalesce(rate, 1) desc, item, begins)
            as preference
        from items
        left join rates on items.currency = rates.currency and begins >= from_at and begins < to_at
        where state = 'paying' and mrr > 0
    ) as paid using (customer)
    where instants.moment >= begins and instants.moment < ends
    group by customer, instants.moment
),
last_plans as (
    select customer, day, max_by(plan, moment) as plan, max_by(billing_interval, moment) as billing_interval
    from plans group by customer, day
),
accounts as (
    select
        customer, industry, upper(country_code) as country, acquisition_channel,
        coalesce(company_size_band, case
            when employee_count < 10 then '1-9' when employee_count < 50 then '10-49'
            when employee_count < 250 then '50-249' when employee_count < 1000 then '250-999'
            when employee_count >= 1000 then '1000+'
        end) as company_size,
        if(is_first, date '1900-01-01', cast(from_at - interval 1 microsecond as date) + 1) as day, from_at as known
    from versions('crm_accounts', 'account_id', 'updated_at') as account
    inner join (
        select account_id, customer
        from (
            select account_id, max_by(customer_id, from_at) as billing_id
            from versions('crm_accounts', 'account_id', 'updated_at')
            where customer_id is not null and not is_deleted
            group by account_id
        ) inner join customers using (billing_id)
        qualify row_number() over (
            partition by customer order by 'sim:' || billing_id = 'sim:' || customer desc, account_id) = 1
    ) as chosen using (account_id)
    where not is_deleted
),
assigned as (
    select customer, csm_id, assigned_at, unassigned_at
    from current_rows('crm_csm_assignments', 'customer_id, assigned_at', 'null')
    inner join customers on customer_id = billing_id
),
points as (
    select distinct customer, unnest([
        'plan', 'billing_interval', 'industry', 'country', 'company_size', 'acquisition_channel', 'signup_cohort', 'csm'
    ]) as segment, '(none)' as value, date '1900-01-01' as day, timestamp '1900-01-01' as known, 0 as precedence
    from customers
    union all
    select customer, 'country', max_by(country, (customer = billing_id)::int || billing_id), date '1900-01-01',
        timestamp '1900-01-01', 1
    from customers where country is not null group by customer
    union all
    select customer, segment, value, day, known, 2
    from (unpivot accounts on industry, country, company_size, acquisition_channel into name segment value value)
    union all
    select customer, 'csm', csm_id, cast(assigned_at - interval 1 microsecond as date) + 1, assigned_at, 3 from assigned
    union all
    select customer, 'csm', '(none)', cast(unassigned_at - interval 1 microsecond as date) + 1, unassigned_at, 2
    from assigned where unassigned_at is not null
    union all
    select customer, segment, value, day + 1, day, 1
    from (unpivot last_plans on plan, billing_interval into name segment value value)
    union all
    select customer, 'signup_cohort', strftime(min(first_paid), '%Y-%m'), date '1900-01-01', timestamp '1900-01-01', 1
    from changes where first_paid is not null group by customer
),
chosen as (
    from points
    qualify row_number() over (
        partition by customer, segment, day order by known desc, precedence desc, value) = 1
)
select
    customer, segment, value, day as from_day,
    coalesce(lead(day) over (partition by customer, segment order by day), date '9999-12-31') as to_day
from chosen
union all
select distinct customer, 'all', 'all', date '1900-01-01', date '9999-12-31' from customers;
