{#-
  What counts towards growth by word of mouth in each period, by the customer whose segment it belongs to: who
  invited, who came, or whose user would recommend us. Periods before the first invitation have no rows: nothing was
  measured then.
-#}
{%- set measures = growth_measures() -%}
with referrals as (
    select * from {{ ref('int_referrals_judged') }}
),

invites as (
    select
        invited_date as day,
        referrer_customer_id as customer_id,
        1 as invites_count,
        case when is_accepted then 1 else 0 end as accepted_invites_count,
        case when is_window_passed then 1 else 0 end as passed_invites_count,
        case when is_window_passed and is_accepted_within_7_days then 1 else 0 end as accepted_within_7_days_count,
        case when is_referred_signup then 1 else 0 end as signed_up_invites_count
    from referrals
    where is_invite
),

arrivals as (
    select signed_up_date as day, referred_customer_id as customer_id,
        1 as referred_signups_count, 0 as referred_paying_count, 0 as new_customers_count
    from referrals
    where is_referred_signup
    union all
    select payments.first_paid_date as day, payments.customer_id,
        0 as referred_signups_count,
        case when referrals.referral_id is null then 0 else 1 end as referred_paying_count,
        1 as new_customers_count
    from {{ ref('int_customer_first_payments') }} as payments
    left join referrals on payments.customer_id = referrals.referred_customer_id and referrals.is_referred_signup
),

scores as (
    select
        customer_id, respondent_id, answer_class, answered_date, responded_at,
        source_id || ':' || answer_origin || ':' || answer_id as answer_key
    from {{ ref('int_survey_answers_classed') }}
    where survey_type = 'nps' and answer_state = 'counted'
),

{% for relation, day in [('invites', 'day'), ('arrivals', 'day'), ('scores', 'answered_date')] -%}
placed_{{ relation }} as (
    {{ placed_in_periods(relation, day, grains=growth_grains()) }}
),

{% endfor -%}
latest_scores as (
    select
        *,
        row_number() over (
            partition by grain, period_start, respondent_id
            order by responded_at desc, answer_key desc
        ) as recency
    from placed_scores
),

first_invites as (
    select
        source_id || ':user:' || substr(referrer_user_id, length(source_id) + 2) as respondent_id,
        min(invited_date) as first_invited_date
    from referrals
    where is_invite and referrer_user_id is not null
    group by source_id, referrer_user_id
),

promoters as (
    select
        latest_scores.grain,
        latest_scores.period_start,
        latest_scores.customer_id,
        1 as promoters_count,
        case
            when first_invites.first_invited_date < {{ period_end('latest_scores.grain', 'latest_scores.period_start') }}
                then 1
            else 0
        end as referring_promoters_count
    from latest_scores
    left join first_invites on latest_scores.respondent_id = first_invites.respondent_id
    where latest_scores.recency = 1 and latest_scores.answer_class = 'promoter'
),

{# Whose users were active before, and no more, is counted there as well: for growth that is nothing. #}
active as (
    select * from {{ ref('int_customer_activity_counted') }}
    where active_users_count > 0
),

{%- set parts = {
    'placed_invites': measures[:5],
    'placed_arrivals': measures[5:8],
    'promoters': measures[8:10],
    'active': measures[10:],
} %}

unioned as (
    {% for relation, own in parts.items() -%}
    select
        grain,
        period_start,
        customer_id
        {%- for measure in measures %},
        {{ measure if measure in own else '0' }} as {{ measure }}
        {%- endfor %}
    from {{ relation }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

beginnings as (
    select grain, min(period_start) as first_start
    from placed_invites
    group by grain
)

select unioned.*
from unioned
inner join beginnings
    on unioned.grain = beginnings.grain and unioned.period_start >= beginnings.first_start
