{#-
  What each invitation came to. Customers and users are those after merges, so who refers a company that turned
  out to be its own refers itself. A referred customer has one referrer: of the claims that stand, the one that was
  accepted first.
-#}
with subscribed as (
    select
        customer_id,
        min(valid_from_at) as first_subscribed_at
    from {{ ref('int_item_mrr_computed') }}
    group by customer_id
),

signups as (
    select
        customers.customer_id,
        {# An account that is younger than its first subscription was made anew. #}
        min(least(
            coalesce(billing.created_at, subscribed.first_subscribed_at),
            coalesce(subscribed.first_subscribed_at, billing.created_at)
        )) as signed_up_at
    from {{ ref('int_customers_resolved') }} as customers
    left join {{ ref('stg_billing__customers') }} as billing
        on
            customers.source_id = billing.source_id
            and customers.billing_customer_id = billing.customer_id
    left join subscribed on customers.customer_id = subscribed.customer_id
    group by customers.customer_id
),

named as (
    select
        invites.source_id,
        invites.source_id || ':' || invites.referral_id as referral_id,
        case when not referrers.is_test then referrers.customer_id end as referrer_customer_id,
        invites.source_id || ':' || coalesce(users.resolved_user_id, invites.referrer_user_id) as referrer_user_id,
        invites.referred_customer_id is not null as has_claim,
        case when not referees.is_test then referees.customer_id end as referred_customer_id,
        invites.invited_at,
        case when invites.accepted_at < {{ as_of() }} then invites.accepted_at end as accepted_at,
        signups.signed_up_at,
        case
            when referrers.is_test then 'test_referrer'
            when users.is_internal then 'internal_referrer'
            when
                referrers.customer_id = referees.customer_id
                or invites.referrer_customer_id = invites.referred_customer_id
                or own_addresses.email is not null
                or personal_addresses.email is not null
                then 'self_referral'
            when invites.accepted_at < invites.invited_at then 'accepted_before_invited'
            when invites.referred_customer_id is null then null
            when referees.customer_id is null then 'unknown_customer'
            when referees.is_test then 'test_customer'
            when signups.signed_up_at < invites.invited_at then 'already_customer'
        end as own_reason
    from {{ ref('stg_growth__referrals') }} as invites
    left join {{ ref('int_customers_resolved') }} as referrers
        on
            invites.source_id = referrers.source_id
            and invites.referrer_customer_id = referrers.billing_customer_id
    left join {{ ref('int_customers_resolved') }} as referees
        on
            invites.source_id = referees.source_id
            and invites.referred_customer_id = referees.billing_customer_id
    left join {{ ref('int_users_resolved') }} as users
        on invites.source_id = users.source_id and invites.referrer_user_id = users.user_id
    left join {{ ref('int_addresses_owned') }} as personal_addresses
        on
            personal_addresses.owner_type = 'user'
            and invites.source_id || ':' || users.resolved_user_id = personal_addresses.owner_id
            and lower(trim(invites.invitee_email)) = personal_addresses.email
    left join {{ ref('int_addresses_owned') }} as own_addresses
        on
            own_addresses.owner_type = 'customer'
            and referrers.customer_id = own_addresses.owner_id
            and lower(trim(invites.invitee_email)) = own_addresses.email
    left join signups
        on referees.customer_id = signups.customer_id
    where
        invites.invited_at >= cast('{{ var("calendar_floor_date") }}' as timestamp)
        and invites.invited_at < {{ as_of() }}
),

claims as (
    select
        referral_id,
        referred_customer_id,
        referrer_customer_id,
        row_number() over by_acceptance as claim_number,
        first_value(referrer_customer_id) over by_acceptance as first_referrer_customer_id
    from named
    where own_reason is null and has_claim
    window by_acceptance as (
        partition by referred_customer_id
        order by coalesce(accepted_at, invited_at), invited_at, referral_id
        rows between unbounded preceding and current row
    )
),

judged as (
    select
        named.*,
        coalesce(
            named.own_reason,
            case
                when claims.claim_number = 1 then null
                when claims.referrer_customer_id = claims.first_referrer_customer_id then 'later_invite'
                when claims.claim_number > 1 then 'second_referrer'
            end
        ) as rejection_reason,
        coalesce(claims.claim_number = 1, false) as is_referred_signup,
        coalesce(named.own_reason not in ('test_referrer', 'internal_referrer', 'self_referral'), true) as is_invite
    from named
    left join claims on named.referral_id = claims.referral_id
)

select
    referral_id,
    source_id,
    referrer_customer_id,
    referrer_user_id,
    referred_customer_id,
    invited_at,
    {{ local_date('invited_at') }} as invited_date,
    accepted_at,
    case
        when is_referred_signup then {{ local_date('coalesce(signed_up_at, accepted_at, invited_at)') }}
    end as signed_up_date,
    is_invite,
    is_invite and coalesce(accepted_at >= invited_at, false) as is_accepted,
    is_invite and {{ add_days_to_instant('invited_at', 7) }} <= {{ as_of() }} as is_window_passed,
    is_invite and coalesce(
        accepted_at >= invited_at and accepted_at < {{ add_days_to_instant('invited_at', 7) }}, false
    ) as is_accepted_within_7_days,
    is_referred_signup,
    rejection_reason
from judged
