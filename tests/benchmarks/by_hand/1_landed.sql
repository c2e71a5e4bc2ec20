-- Versions of landed rows as of the run, and the exact arithmetic that the rest needs.
create macro money(x) as cast(x as decimal(38, 10));
create macro forever() as timestamp '9999-12-31';
create macro as_of() as timestamp '$as_of';

-- Half away from zero to ten digits, NULL for a divisor of 0; a quotient of decimals would be a double.
create macro quotient(n, d) as case when d <> 0 then cast(cast(
    sign(n) * sign(d)
    * (
        (
            2 * abs(cast(money(n) * 10000000000 as hugeint)) * 10000000000
            + abs(cast(money(d) * 10000000000 as hugeint))
        ) // (2 * abs(cast(money(d) * 10000000000 as hugeint)))
    )
    as decimal(38, 0)) * cast('0.0000000001' as decimal(10, 10)) as decimal(38, 10))
end;

create macro landed(object) as table from query(
    'from read_parquet(''$landing/' || object || '/**/*.parquet'', union_by_name=true, hive_partitioning=false)'
);

create macro versions(object, key, effective) as table from query(
    'with corrected as (
        select *, case when _operation = ''delete'' then _loaded_at else coalesce(' || effective || ', _loaded_at) end as moment
        from landed(''' || object || ''')
        qualify row_number() over (partition by ' || key || ', moment order by _loaded_at desc, _load_id desc, _operation) = 1
    ), visible as (
        select *, min(moment) over (partition by ' || key || ') as first_at from corrected
        qualify moment < as_of() or moment = first_at
    )
    select
        *, moment as from_at, lead(moment) over (partition by ' || key || ' order by moment) as to_at,
        moment = first_at as is_first, _operation = ''delete'' as is_deleted
    from visible'
);

create macro current_rows(object, key, effective) as table from query(
    'from versions(''' || object || ''', ''' || key || ''', ''' || effective || ''')
    where to_at is null and not is_deleted'
);

create table customers as
with recursive merged as (
    select merged_customer_id as id, max_by(surviving_customer_id, merged_at) as survivor
    from landed('crm_account_merges')
    where merged_at < as_of()
    group by all
),
followed as (
    from merged
    union
    select followed.id, merged.survivor from followed inner join merged on followed.survivor = merged.id
),
known as (
    select customer_id as id, coalesce(is_test, false) as is_test, upper(country_code) as country
    from current_rows('billing_customers', 'customer_id', 'updated_at')
    where created_at < as_of()
    union all
    select distinct customer_id, false, null from landed('billing_subscriptions') where start_at < as_of()
)
select
    id as billing_id,
    coalesce(
        (select survivor from followed where followed.id = known.id and survivor not in (select id from merged)), id
    ) as customer,
    max(country) as country
from known
group by id
having not bool_or(is_test);

create table rates as
select
    from_currency_code as currency, cast(valid_from_date as timestamp) as from_at,
    coalesce(
        cast(least(
            valid_to_date, lead(valid_from_date) over (partition by from_currency_code order by valid_from_date)
        ) as timestamp), forever()
    ) as to_at,
    exchange_rate as rate
from current_rows('billing_exchange_rates', 'from_currency_code, to_currency_code, valid_from_date', 'null')
where to_currency_code = 'USD' and from_currency_code <> 'USD'
union all
select 'USD', timestamp '1900-01-01', forever(), 1;
