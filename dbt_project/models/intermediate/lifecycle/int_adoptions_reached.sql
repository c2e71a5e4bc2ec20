{#-
  Day on which a customer's use had held the adoption threshold for the days that it must and still did, once in
  each spell. Use is measured at the end of each week; seats count from the day on which they change.
-#}
with thresholds as (
    {{ lifecycle_thresholds() }}
),

items as (
    select
        items.customer_id,
        items.subscription_id,
        items.quantity,
        {{ local_date('items.valid_from_at') }} as from_date,
        {{ local_date('items.valid_to_at') }} as to_date
    from {{ ref('int_item_mrr_computed') }} as items
    where items.state = 'paying' and items.mrr_amount > 0 and items.valid_from_at < {{ as_of() }}
),

days as (
    select customer_id, from_date as change_date from items
    union
    select customer_id, to_date as change_date from items
    where to_date <= {{ last_measured_day() }}
),

{# Add-ons of one unit are no seats of their own. #}
subscriptions as (
    select
        days.customer_id,
        days.change_date,
        items.subscription_id,
        coalesce(max(items.quantity), 0) as seats_count
    from days
    left join items
        on
            days.customer_id = items.customer_id
            and days.change_date >= items.from_date
            and days.change_date < items.to_date
    group by days.customer_id, days.change_date, items.subscription_id
),

points as (
    select
        customer_id,
        change_date,
        max(users_count) as users_count,
        max(seats_count) as seats_count
    from (
        select customer_id, measured_date as change_date, active_users_count as users_count, null as seats_count
        from {{ ref('int_weekly_users_counted') }}
        union all
        select customer_id, change_date, null as users_count, sum(seats_count) as seats_count
        from subscriptions
        group by customer_id, change_date
    ) as measured
    group by customer_id, change_date
),

states as (
    select
        customer_id,
        change_date,
        coalesce(last_value(users_count ignore nulls) over so_far, 0) as users_count,
        coalesce(last_value(seats_count ignore nulls) over so_far, 0) as seats_count
    from points
    window so_far as (
        partition by customer_id order by change_date rows between unbounded preceding and current row
    )
),

judged as (
    select
        states.customer_id,
        states.change_date,
        states.users_count >= greatest(
            1,
            thresholds.adoption_level
            * case when thresholds.adoption_measure = 'active_seat_rate' then states.seats_count else 1 end
        ) as is_met
    from states
    cross join thresholds
),

turns as (
    select
        *,
        lag(is_met) over (partition by customer_id order by change_date) as was_met
    from judged
),

runs as (
    select
        customer_id,
        is_met,
        change_date as from_date,
        lead(change_date, 1, cast('9999-12-31' as date)) over (partition by customer_id order by change_date) as to_date
    from turns
    where is_met is distinct from was_met
),

held as (
    select
        spells.customer_id,
        spells.spell_number,
        spells.to_date as spell_to_date,
        runs.to_date,
        {{ add_days('greatest(runs.from_date, spells.from_date)', 'thresholds.adoption_hold_days') }} as adopted_date
    from {{ ref('int_paid_spells_dated') }} as spells
    inner join runs
        on
            spells.customer_id = runs.customer_id
            and spells.from_date < runs.to_date
            and spells.to_date > runs.from_date
    cross join thresholds
    where spells.is_subscribed and runs.is_met
)

select
    customer_id,
    spell_number,
    min(adopted_date) as adopted_date
from held
where adopted_date < to_date and adopted_date < spell_to_date and adopted_date <= {{ last_measured_day() }}
group by customer_id, spell_number
