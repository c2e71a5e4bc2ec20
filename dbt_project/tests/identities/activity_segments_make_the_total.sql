{#- Periods in which the values of a segment do not add up to the total, in any count of active users or of their lives. -#}
{%- set marts = {
    'fct_active_users': [
        'active_users_count', 'active_user_days_count', 'trailing_week_users_count', 'trailing_month_users_count',
        'trailing_month_user_days_count', 'active_customers_count', 'active_customer_days_count',
        'trailing_week_customers_count', 'trailing_month_customers_count'
    ],
    'fct_user_lifecycle': [
        'active_users_count', 'new_users_count', 'returning_users_count', 'resurrecting_users_count',
        'dormant_users_count'
    ],
} -%}
{% for mart, measures in marts.items() -%}
select '{{ mart }}' as mart, grain, period_start, segment_name
from ({{ segments_that_miss_the_total(ref(mart), measures) }}) as missed
{% if not loop.last %}union all{% endif %}
{% endfor %}
