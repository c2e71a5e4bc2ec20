{# What is summed of growth by word of mouth: of invitations, arrivals, promoters and use, in this order. #}
{% macro growth_measures() %}
    {{- return([
        'invites_count', 'accepted_invites_count', 'passed_invites_count', 'accepted_within_7_days_count',
        'signed_up_invites_count',
        'referred_signups_count', 'referred_paying_count', 'new_customers_count',
        'promoters_count', 'referring_promoters_count',
        'active_users_count',
    ]) -}}
{% endmacro %}

{# Calendar grains of growth: those in which active users are counted. The trailing year comes besides. #}
{% macro growth_grains() %}{{ return(['month', 'quarter', 'half_year', 'year']) }}{% endmacro %}
