{#-
  One column a day is turned into one row a day. A week's distinct users are those of the seven days up to its last,
  also of a week that is still running: nobody has used the days to come.
-#}
with beginnings as (
    select activity_notion, min(first_date) as first_date
    from {{ ref('int_user_years_attributed') }}
    group by activity_notion, customer_user_number
),

days as (
    {% for place in range(31, 62) -%}
    select
        activity_notion,
        actor_kind,
        {{ add_days('activity_month', place - 31) }} as activity_date,
        day_{{ place }} as active_count,
        week_{{ place }} as week_count,
        month_{{ place }} as month_count,
        returning_{{ place }} as returning_count,
        window_days_{{ place }} as window_days_count,
        0 as new_count
    from {{ ref('int_activity_months_counted') }}
    where day(last_day(activity_month)) > {{ place - 31 }}
    union all
    {% endfor -%}
    select
        activity_notion,
        'user' as actor_kind,
        first_date as activity_date,
        0 as active_count,
        0 as week_count,
        0 as month_count,
        0 as returning_count,
        0 as window_days_count,
        count(*) as new_count
    from beginnings
    group by activity_notion, first_date
)

select
    activity_notion,
    activity_date
    {%- for kind in ['user', 'customer'] %}
    {%- for measure, name in [
        ('active_count', 'active_' ~ kind ~ 's_count'),
        ('week_count', 'trailing_week_' ~ kind ~ 's_count'),
        ('month_count', 'trailing_month_' ~ kind ~ 's_count'),
        ('window_days_count', 'trailing_month_' ~ kind ~ '_days_count'),
    ] %},
    cast(sum(case when actor_kind = '{{ kind }}' then {{ measure }} else 0 end) as bigint) as {{ name }}
    {%- endfor %}
    {%- endfor %},
    cast(sum(case when actor_kind = 'user' then returning_count else 0 end) as bigint)
        as returning_week_users_count,
    cast(sum(new_count) as bigint) as new_users_count
from days
group by activity_notion, activity_date
