{#- Onboardings, milestones and invitations of a period's segment values add up to the period's total. -#}
{%- set onboarding = ['started_customers_count', 'measured_customers_count', 'valued_customers_count',
    'left_customers_count', 'value_before_start_customers_count', 'set_up_customers_count', 'feedback_score_sum'] -%}
{%- for days in value_windows() -%}
    {%- do onboarding.extend(['within_' ~ days ~ '_days_customers_count', 'passed_' ~ days ~ '_days_customers_count']) -%}
{%- endfor -%}
select 'fct_time_to_value' as mart, misses.*
from ({{ segments_that_miss_the_total(ref('fct_time_to_value'), onboarding) }}) as misses
union all
select 'fct_onboarding_funnel' as mart, misses.*
from ({{ segments_that_miss_the_total(ref('fct_onboarding_funnel'), [
    'started_customers_count', 'reached_customers_count', 'went_on_customers_count'
]) }}) as misses
union all
select 'fct_growth' as mart, misses.*
from ({{ segments_that_miss_the_total(ref('fct_growth'), growth_measures()) }}) as misses
