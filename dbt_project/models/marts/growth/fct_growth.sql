{%- set measures = growth_measures() -%}
with placed as (
    select * from {{ ref('int_growth_placed') }}
),

{{ dense_in_segments('placed', measures) }}

select
    grain,
    period_start,
    period_end,
    is_complete,
    segment_name,
    segment_value,
    {% for measure in measures -%}
    cast({{ measure }} as bigint) as {{ measure }},
    {% endfor -%}
    {{ exact_divide('accepted_within_7_days_count', 'passed_invites_count') }} as acceptance_rate,
    {{ exact_divide('invites_count', 'active_users_count') }} as invites_per_user_ratio,
    {{ exact_divide('signed_up_invites_count', 'invites_count') }} as invite_signup_rate,
    {# Invites per user times sign-ups per invite: invites cancel, but where there were none there is no K. #}
    case when invites_count > 0 then cast(signed_up_invites_count as bigint) end as k_signups_count,
    case when invites_count > 0 then {{ exact_divide('signed_up_invites_count', 'active_users_count') }} end as k_factor_ratio,
    {{ exact_divide('referred_paying_count', 'new_customers_count') }} as referred_share_rate,
    {{ exact_divide('referring_promoters_count', 'promoters_count') }} as referring_promoters_rate
from dense
