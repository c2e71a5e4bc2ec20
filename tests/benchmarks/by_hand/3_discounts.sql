-- Discounts cut the intervals that they lie on; what is left is brought to a month.
create table applied as
with named as (
    select
        discount_id, discounts.customer_id, subscription_id, subscription_item_id, start_at, end_at, duration,
        duration_in_months, coalesce(percent_off, 0) as percent_off, coalesce(amount_off_minor, 0) as amount_off,
        coupons.currency_code
    from (from current_rows('billing_discounts', 'discount_id', 'null')) as discounts
    inner join (from current_rows('billing_coupons', 'coupon_id', 'null')) as coupons using (coupon_id)
    where start_at < as_of()
),
targeted as (
    select
        named.* exclude (subscription_id), items.subscription_id, items.item,
        named.subscription_item_id is not null as is_of_item, price_then.every, price_then.intervals
    from named
    inner join (select distinct billing_id, subscription_id, item from priced) as items
        on case
            when named.subscription_item_id is not null then named.subscription_item_id = items.item
            when named.subscription_id is not null then named.subscription_id = items.subscription_id
            else named.customer_id = items.billing_id
        end
    left join lateral (
        select every, intervals from priced where priced.item = items.item
        order by priced.begins <= named.start_at desc,
            case when priced.begins <= named.start_at then -epoch_us(priced.begins) else epoch_us(priced.begins) end
        limit 1
    ) as price_then on true
)
select
    discount_id, subscription_id, item, is_of_item, percent_off, amount_off, currency_code as currency,
    start_at as begins,
    coalesce(end_at, case
        when duration = 'repeating' then start_at + to_months(cast(duration_in_months as integer))
        when duration = 'once' and every in ('day', 'week')
            then start_at + to_days(cast(if(every = 'week', 7, 1) * intervals as integer))
        when duration = 'once' then start_at + to_months(cast(if(every = 'year', 12, 1) * intervals as integer))
    end, forever()) as ends
from targeted
where begins < ends;

create table items as
with cuts as (
    select subscription_id, begins as moment from priced where subscription_id in (select subscription_id from applied)
    union
    select subscription_id, ends from priced where subscription_id in (select subscription_id from applied)
    union
    select subscription_id, begins from applied
    union
    select subscription_id, ends from applied
),
slots as (
    select subscription_id, moment as slot_from, lead(moment) over (partition by subscription_id order by moment) as slot_to from cuts
),
cut as (
    select priced.*, slot_from, slot_to
    from priced
    inner join slots using (subscription_id)
    where priced.begins <= slot_from and priced.ends >= slot_to
),
off as (
    select
        cut.item, slot_from,
        -- Products of decimals as a list: exact to 18 digits, one discount after another.
        list_reduce(
            list_prepend(
                cast(1 as decimal(20, 18)),
                list(cast(1 - percent_off * 0.01 as decimal(20, 18)) order by discount_id) filter (percent_off > 0)
            ),
            lambda x, y: cast(x * cast(y as decimal(10, 8)) as decimal(20, 18))
        ) as factor,
        coalesce(sum(amount_off) filter (is_of_item and coalesce(applied.currency, cut.currency) = cut.currency), 0)
            as item_off,
        coalesce(sum(amount_off) filter (not is_of_item and coalesce(applied.currency, cut.currency) = cut.currency), 0)
            as shared_off
    from cut
    inner join applied
        on cut.item = applied.item and cut.subscription_id = applied.subscription_id
        and applied.begins <= slot_from and applied.ends >= slot_to
    group by cut.item, slot_from
),
weighed as (
    select
        cut.*, coalesce(shared_off, 0) as shared_off,
        money(greatest(0,
            cast(floor(amount) as decimal(18, 0)) * cast(coalesce(factor, 1) as decimal(19, 18))
            + cast(
                cast(amount - floor(amount) as decimal(11, 10)) * cast(coalesce(factor, 1) as decimal(19, 18))
                as decimal(38, 18)
            ) - coalesce(item_off, 0))) as weight
    from cut
    left join off using (item, slot_from)
),
shared as (
    select
        *, sum(weight) over slot as weights,
        least(max(shared_off) over slot, sum(weight) over slot) as total_off
    from weighed
    window slot as (partition by subscription_id, slot_from, currency, every, intervals)
),
-- The largest remainders bear the cents that are left over.
allotted as (
    select *, quotient(total_off * weight, weights) as share from shared
),
reduced as (
    select
        billing_id, subscription_id, item, plan, currency, every, intervals, state, slot_from as begins, slot_to as ends,
        greatest(0, weight - case
            when total_off = 0 then 0
            when total_off = weights then weight
            else money(floor(share)) + if(
                row_number() over (
                    partition by subscription_id, slot_from, currency, every, intervals
                    order by share - floor(share) desc, item
                ) <= total_off - sum(floor(share)) over slot, 1, 0)
        end) as amount
    from allotted
    window slot as (partition by subscription_id, slot_from, currency, every, intervals)
    union all
    select billing_id, subscription_id, item, plan, currency, every, intervals, state, begins, ends, amount
    from priced
    where subscription_id not in (select subscription_id from applied)
)
select
    customer, reduced.* exclude (amount),
    quotient(
        amount * case every when 'day' then 365 when 'week' then 52 else 1 end,
        cast(
            case every when 'month' then 1 else 12 end * intervals * power(10, coalesce(exponent, 2)) as bigint
        )
    ) as mrr
from reduced
inner join customers using (billing_id)
left join (values ('JPY', 0), ('KWD', 3)) as exponents (currency, exponent) using (currency);
