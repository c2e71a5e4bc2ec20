{#-
  Another build is due when a month was marked anew that a window of this one reaches, when somebody who was active
  in one is another user or another customer's, and with every day of a month that is not over. Kept counts by month
  are made of policies as well.
-#}
{%- set code = code_of([
    'int_user_months_marked', 'int_user_years_marked', 'int_user_months_attributed', 'int_feature_months_marked'
]) -%}
{%- set last_day = last_measured_day() -%}
with marked as (
    {{ usage_builds('activity_month') }}
),

{# Whose a month was, as one number: who was active in others only changes nothing here. #}
years as (
    select
        marked.activity_notion,
        marked.activity_year
        {%- for place in range(12) %},
        bit_xor(
            case when {{ days_up_to('marked.active_months', place, 1) }} = 1 then actors.attribution_number else 0 end
        ) as month_{{ place }}
        {%- endfor %}
    from {{ ref('int_user_years_marked') }} as marked
    inner join {{ ref('int_actors_attributed') }} as actors
        on
            marked.source_id = actors.source_id
            and marked.actor_id = actors.actor_id
            and marked.is_user = actors.is_user
            and marked.customer_id is not distinct from actors.named_customer_id
    group by marked.activity_notion, marked.activity_year
),

parts as (
    select activity_month, 'marked ' || build_id as part
    from marked
    {% for place in range(12) -%}
    union all
    select
        {{ add_months('activity_year', place) }} as activity_month,
        activity_notion || ' ' || cast(month_{{ place }} as string) as part
    from years
    where month_{{ place }} <> 0
    {% endfor %}
),

reached as (
    {% for months in range(3) -%}
    select
        {{ add_months('activity_month', months) }} as activity_month,
        '{{ months }} ' || part as part
    from parts
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
)

select
    activity_month,
    md5(
        {{ set_as_text('part') }}
        || ' {{ code }} {{ trailing_active_days() }} {{ var('week_starts_on') }} '
        || cast(least({{ local_midnight(add_months('activity_month', 1)) }}, {{ as_of() }}) as string)
    ) as build_id
from reached
{# The week of the last day may end in the month after. #}
where activity_month <= {{ add_days(last_day, 6) }}
group by activity_month
