{#- Periods in which the values of a segment do not add up to the total, in any count of adoption, seats or silence. -#}
{%- set marts = {
    'fct_feature_adoption_breadth': [
        'active_users_count', 'active_customers_count', 'adopting_users_count', 'used_features_of_users_count',
        'used_features_of_customers_count', 'feature_events_count'
    ],
    'fct_seat_utilisation': ['active_users_count', 'paid_seats_count', 'seat_customers_count'],
    'fct_activity_churn': [
        'active_customers_before_count', 'silent_customers_count', 'active_users_before_count',
        'silent_users_count', 'starting_users_count', 'retained_users_count'
    ],
} -%}
{% for mart, measures in marts.items() -%}
select '{{ mart }}' as mart, grain, period_start, segment_name
from ({{ segments_that_miss_the_total(ref(mart), measures) }}) as missed
{% if not loop.last %}union all{% endif %}
{% endfor %}
