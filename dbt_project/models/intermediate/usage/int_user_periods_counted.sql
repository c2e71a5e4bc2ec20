{#-
  Users of each customer who were active in a period, who of them had been in the one before, and who never.
  The months of a year and of the year before it are the bits of one number, so that a period and the one
  before are two masks of it, and each user is read once a year.
-#}
with beginnings as (
    select
        customer_user_number,
        activity_notion,
        {{ period_start('month', 'min(first_date)') }} as first_month
    from {{ ref('int_user_years_attributed') }}
    group by customer_user_number, activity_notion
),

years as (
    select
        customer_user_number,
        customer_id,
        activity_notion,
        activity_year,
        {{ shifted_left('active_months', 12) }} as active_months
    from {{ ref('int_user_years_attributed') }}
),

{# Each year's months are the months before of the year that follows. #}
joined as (
    select customer_user_number, customer_id, activity_notion, activity_year, bit_or(active_months) as active_months
    from (
        select * from years
        union all
        select
            customer_user_number, customer_id, activity_notion,
            {{ add_months('activity_year', 12) }} as activity_year,
            {{ shifted_right('active_months', 12) }} as active_months
        from years
    ) as carried
    group by customer_user_number, customer_id, activity_notion, activity_year
),

slots as (
    {% for grain, months in [('month', 1), ('quarter', 3), ('half_year', 6), ('year', 12)] -%}
    {% for number in range(12 // months) -%}
    select
        '{{ grain }}' as grain, {{ months * number }} as months_before, {{ months }} as month_count,
        {{ 2 ** months - 1 }} as mask
    {% if number < 12 // months - 1 %}union all{% endif %}
    {% endfor -%}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

active as (
    select
        joined.customer_user_number,
        joined.customer_id,
        joined.activity_notion,
        slots.grain,
        {{ add_months('joined.activity_year', 'slots.months_before') }} as period_start,
        ({{ shifted_right('joined.active_months', '12 + slots.months_before - slots.month_count') }} & slots.mask) <> 0
            as is_returning
    from joined
    cross join slots
    where ({{ shifted_right('joined.active_months', '12 + slots.months_before') }} & slots.mask) <> 0
)

select
    active.grain,
    active.period_start,
    active.customer_id,
    active.activity_notion,
    count(*) as active_users_count,
    count_if(beginnings.first_month >= active.period_start) as new_users_count,
    count_if(active.is_returning) as returning_users_count
from active
inner join beginnings
    on
        active.customer_user_number = beginnings.customer_user_number
        and active.activity_notion = beginnings.activity_notion
group by active.grain, active.period_start, active.customer_id, active.activity_notion
