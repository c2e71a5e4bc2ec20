{%- set earlier_date = add_days(
    'weeks.measured_date', '-7 * cast(ceil(thresholds.expansion_look_back_days / 7.0) as int)'
) -%}
{#-
  From when on each customer had, or no longer had, more MRR or active users than when the look-back began. MRR is
  compared with that of the same spell, without exchange rates; a pause neither loses nor gains any.
-#}
with thresholds as (
    {{ lifecycle_thresholds() }}
),

closings as (
    select
        customer_id,
        change_date,
        max_by(mrr_after, changed_at) as mrr_amount,
        sum(sum(fx_amount)) over (
            partition by customer_id order by change_date rows between unbounded preceding and current row
        ) as fx_amount
    from {{ ref('int_customer_mrr_changed') }}
    group by customer_id, change_date
),

steps as (
    select
        spells.customer_id,
        spells.spell_number,
        spells.to_date,
        closings.change_date,
        closings.mrr_amount,
        closings.mrr_amount - closings.fx_amount
        - lag(closings.mrr_amount - closings.fx_amount) over (
            partition by spells.customer_id, spells.spell_number order by closings.change_date
        ) as mrr_step
    from {{ ref('int_paid_spells_dated') }} as spells
    inner join closings
        on
            spells.customer_id = closings.customer_id
            and closings.change_date >= spells.from_date
            and closings.change_date < spells.to_date
    where spells.is_subscribed and closings.mrr_amount > 0
),

{# What was there when the spell began is compared with until the look-back is over. #}
compared as (
    select
        customer_id,
        spell_number,
        change_date,
        coalesce(mrr_step, mrr_amount) as mrr_step,
        case when mrr_step is null then mrr_amount else 0 end as base_step
    from steps
    union all
    select
        steps.customer_id,
        steps.spell_number,
        {{ add_days('steps.change_date', 'thresholds.expansion_look_back_days') }} as change_date,
        0 as mrr_step,
        steps.mrr_step as base_step
    from steps
    cross join thresholds
    where
        steps.mrr_step is not null
        and {{ add_days('steps.change_date', 'thresholds.expansion_look_back_days') }} < least(
            steps.to_date, {{ add_days(last_measured_day(), 1) }}
        )
),

balances as (
    select
        customer_id,
        change_date,
        sum(sum(mrr_step)) over so_far as mrr_amount,
        sum(sum(base_step)) over so_far as base_amount
    from compared
    group by customer_id, spell_number, change_date
    window so_far as (
        partition by customer_id, spell_number order by change_date
        rows between unbounded preceding and current row
    )
),

{#
  Users are compared once the trailing days of the earlier count lie within the spell, and within the time of which
  anybody's use is told: nobody who was seen is more than nobody who could be.
#}
users as (
    select
        weeks.customer_id,
        weeks.measured_date as change_date,
        weeks.active_users_count,
        coalesce(earlier.active_users_count, 0) as earlier_users_count,
        {{ add_days('greatest(spells.from_date, spells.use_from_date)', '(' ~ trailing_active_days() ~ ' - 1)') }}
        <= {{ earlier_date }} as is_comparable
    from {{ ref('int_weekly_users_counted') }} as weeks
    cross join thresholds
    inner join {{ ref('int_paid_spells_dated') }} as spells
        on
            weeks.customer_id = spells.customer_id
            and weeks.measured_date >= spells.from_date
            and weeks.measured_date < spells.to_date
            and spells.is_subscribed
    left join {{ ref('int_weekly_users_counted') }} as earlier
        on
            weeks.customer_id = earlier.customer_id
            and earlier.measured_date = {{ earlier_date }}
),

judged as (
    select
        balances.customer_id,
        'mrr' as measure_name,
        balances.change_date,
        balances.mrr_amount > balances.base_amount
        and balances.mrr_amount >= balances.base_amount * (1 + thresholds.mrr_expansion_rate) as is_expanded
    from balances
    cross join thresholds
    union all
    select
        users.customer_id,
        'active_users' as measure_name,
        users.change_date,
        users.is_comparable
        and users.active_users_count > users.earlier_users_count
        and users.active_users_count >= users.earlier_users_count * (1 + thresholds.user_expansion_rate) as is_expanded
    from users
    cross join thresholds
    union all
    select
        customer_id,
        'active_users' as measure_name,
        from_date as change_date,
        false as is_expanded
    from {{ ref('int_paid_spells_dated') }}
    where is_subscribed
),

daily as (
    select customer_id, measure_name, change_date, bool_or(is_expanded) as is_expanded
    from judged
    group by customer_id, measure_name, change_date
),

turns as (
    select
        *,
        lag(is_expanded) over (partition by customer_id, measure_name order by change_date) as was_expanded
    from daily
)

select
    customer_id,
    measure_name,
    change_date,
    is_expanded
from turns
where is_expanded is distinct from was_expanded
