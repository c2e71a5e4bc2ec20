-- What each item brings in a month over time: states of subscriptions, prices, tiers, discounts.
create table states as
with versions_known as (
    select
        *, from_at as version_at,
        last_value(case when status <> 'canceled' then status end ignore nulls) over so_far as status_before,
        last_value(case when status <> 'canceled' then coalesce(trial_end_at, forever()) end ignore nulls) over so_far
            as trial_end_before
    from versions('billing_subscriptions', 'subscription_id', 'updated_at')
    window so_far as (partition by subscription_id order by from_at rows unbounded preceding)
),
worded as (
    select
        * exclude (status, trial_end_at),
        case when status = 'canceled' and ended_at > version_at then coalesce(status_before, 'active') else status end
            as status,
        case when status = 'canceled' then trial_end_before else trial_end_at end as trial_end_at,
        case when is_first then least(version_at, start_at) else version_at end as known_at
    from versions_known
),
runs as (
    select
        *,
        lag(status) over by_version as last_status, lead(status) over by_version as next_status,
        lag(trial_end_at) over by_version as last_trial_end
    from worded
    window by_version as (partition by subscription_id order by version_at)
),
begun as (
    select
        *,
        max(case when last_status is distinct from status then version_at end) over so_far as status_since,
        max(case when last_status is distinct from status then known_at end) over so_far as run_from
    from runs
    window so_far as (partition by subscription_id order by version_at rows unbounded preceding)
),
bounded as (
    select
        *,
        case
            when last_status = 'trialing'
                then least(known_at, greatest(coalesce(last_trial_end, known_at), lag(run_from) over by_version))
            else known_at
        end as begins
    from begun
    window by_version as (partition by subscription_id order by version_at)
),
ends as (
    select
        subscription_id,
        case
            when is_deleted then least(begins, coalesce(ended_at, begins))
            when ended_at is not null then ended_at
            when status in ('canceled', 'incomplete_expired') then begins
        end as end_at
    from bounded
    qualify row_number() over (partition by subscription_id order by version_at desc) = 1
),
stated as (
    select
        subscription_id, customer_id, collection_paused_at as paused_at, collection_resumes_at as resumes_at,
        case status when 'paused' then 'paused' else 'paying' end as state,
        greatest(begins, start_at) as begins,
        least(
            coalesce(lead(begins) over (partition by subscription_id order by version_at), forever()),
            coalesce(end_at, forever()),
            case when status = 'past_due' then status_since + interval 30 day else forever() end
        ) as ends,
        status in ('active', 'past_due', 'paused') and not is_deleted as counts
    from bounded
    inner join ends using (subscription_id)
),
pieces as (
    select subscription_id, customer_id, state, begins,
        case when paused_at is not null then least(ends, greatest(begins, paused_at)) else ends end as ends
    from stated where counts
    union all
    select subscription_id, customer_id, 'paused', greatest(begins, paused_at),
        least(ends, coalesce(resumes_at, forever()))
    from stated where counts and paused_at is not null
    union all
    select subscription_id, customer_id, state, greatest(begins, resumes_at), ends
    from stated where counts and paused_at is not null and resumes_at is not null
)
from pieces where begins < ends and begins < as_of();

create table priced as
with items as (
    select
        *, coalesce(quantity, 1) as units, coalesce(to_at, forever()) as ends,
        case when is_first then least(from_at, coalesce(created_at, timestamp '1900-01-01')) else from_at end as begins
    from versions('billing_subscription_items', 'subscription_item_id', 'updated_at')
    where not (is_deleted or coalesce(is_removed, false))
),
prices as (
    select
        *, coalesce(to_at, forever()) as ends, coalesce(billing_interval_count, 1) as intervals,
        case when is_first then timestamp '1900-01-01' else from_at end as begins
    from versions('billing_prices', 'price_id', 'null')
    where coalesce(price_type, if(billing_interval is null, 'one_time', 'recurring')) = 'recurring'
        and coalesce(usage_type, 'licensed') = 'licensed' and not is_deleted
),
tiers as (
    select
        price_id, coalesce(unit_amount_minor, 0) as unit, coalesce(flat_amount_minor, 0) as flat,
        coalesce(lag(up_to_quantity) over (partition by price_id order by tier_number), 0) as above,
        coalesce(up_to_quantity, 999999999999) as up_to
    from current_rows('billing_price_tiers', 'price_id, tier_number', 'null')
),
charged as (
    select
        price_id, units,
        money(sum(case
            when tiers_mode = 'volume' then if(units <= up_to, units * unit + flat, 0)
            else (least(units, up_to) - above) * unit + flat
        end)) as amount
    from (select distinct price_id, units, tiers_mode from items inner join prices using (price_id)
        where billing_scheme = 'tiered') as quantities
    inner join tiers using (price_id)
    where units > above
    group by price_id, units
)
select
    states.customer_id as billing_id, subscription_id, items.subscription_item_id as item, product_name as plan,
    prices.currency_code as currency, prices.billing_interval as every, intervals, state,
    money(case when items.units = 0 then 0 when billing_scheme = 'tiered' then amount else unit_amount_minor * items.units end)
        as amount,
    greatest(states.begins, items.begins, prices.begins) as begins, least(states.ends, items.ends, prices.ends) as ends
from states
inner join items using (subscription_id)
inner join prices on items.price_id = prices.price_id
left join (from current_rows('billing_products', 'product_id', 'null')) as products using (product_id)
left join charged on items.price_id = charged.price_id and items.units = charged.units
where greatest(states.begins, items.begins, prices.begins) < least(states.ends, items.ends, prices.ends)
    and greatest(states.begins, items.begins, prices.begins) < as_of();
