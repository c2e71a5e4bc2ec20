with referrals as (
    {{ current_of('growth_referrals', key=['referral_id'], effective_at='updated_at') }}
)

select
    source_id,
    referral_id,
    referrer_customer_id,
    referrer_user_id,
    invitee_email,
    referred_customer_id,
    invited_at,
    accepted_at
from referrals
