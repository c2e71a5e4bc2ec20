{#- Years whose growth is not what the invitations say, and customers who are said to have come twice. -#}
with invited as (
    select
        {{ period_start('year', 'invited_date') }} as period_start,
        count_if(is_invite) as invites_count,
        count_if(is_accepted) as accepted_count,
        count_if(is_referred_signup) as signed_up_count
    from {{ ref('fct_referrals') }}
    group by {{ period_start('year', 'invited_date') }}
)

select
    cast(growth.period_start as string) as period_or_customer,
    growth.invites_count
from {{ ref('fct_growth') }} as growth
left join invited on growth.period_start = invited.period_start
where
    growth.grain = 'year' and growth.segment_name = 'all'
    and (
        growth.invites_count <> coalesce(invited.invites_count, 0)
        or growth.accepted_invites_count <> coalesce(invited.accepted_count, 0)
        or growth.signed_up_invites_count <> coalesce(invited.signed_up_count, 0)
        or growth.accepted_within_7_days_count > growth.passed_invites_count
        or growth.referred_paying_count > growth.new_customers_count
    )
union all
select
    referred_customer_id as period_or_customer,
    count(*) as invites_count
from {{ ref('fct_referrals') }}
where is_referred_signup
group by referred_customer_id
having count(*) > 1 or bool_or(referrer_customer_id = referred_customer_id)
