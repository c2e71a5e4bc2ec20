select
    referrals.referral_id,
    referrals.source_id,
    referrals.referrer_customer_id,
    referrals.referrer_user_id,
    referrals.referred_customer_id,
    referrals.invited_at,
    referrals.invited_date,
    referrals.accepted_at,
    referrals.signed_up_date,
    case when referrals.is_referred_signup then payments.first_paid_date end as first_paid_date,
    referrals.is_invite,
    referrals.is_accepted,
    referrals.is_window_passed,
    referrals.is_accepted_within_7_days,
    referrals.is_referred_signup,
    referrals.is_referred_signup and payments.first_paid_date is not null as is_referred_paying,
    referrals.rejection_reason
from {{ ref('int_referrals_judged') }} as referrals
left join {{ ref('int_customer_first_payments') }} as payments
    on referrals.referred_customer_id = payments.customer_id
