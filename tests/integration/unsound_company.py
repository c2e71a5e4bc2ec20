"""A company whose raw data break each rule about raw data, with sound customers beside; see test_identities_fire."""

from __future__ import annotations

from tests.building.landing_writer import Row

DAY = "2025-01-10"


def subscription(serial: str, **changes: str) -> Row:
    facts = {"subscription_id": serial, "customer_id": f"c_{serial}", "status": "active"}
    return {**facts, "start_at": DAY, "updated_at": DAY, **changes}


def item(serial: str, price: str, **changes: str) -> Row:
    facts = {"subscription_item_id": f"i_{serial}", "subscription_id": serial, "price_id": price}
    return {**facts, "quantity": "1", "created_at": DAY, "updated_at": DAY, **changes}


def price(name: str, **changes: str) -> Row:
    facts = {"product_id": "p", "currency_code": "USD", "billing_interval": "month"}
    return {"price_id": name, **facts, "unit_amount_minor": "1000", **changes}


def period(customer: str, **changes: str) -> Row:
    facts = {"subscription_id": f"s_{customer}", "customer_id": customer, "start_at": DAY}
    money = {"currency_code": "USD", "amount_minor": "1000", "billing_interval": "month"}
    return {**facts, **money, **changes}


def cost(serial: str, **changes: str) -> Row:
    facts = {"cost_entry_id": serial, "cost_category": "support", "allocation_key": "per_customer"}
    money = {"currency_code": "USD", "amount_minor": "1000", "booked_at": "2025-03-04"}
    served = {"service_start_date": "2025-02-01", "service_end_date": "2025-03-01"}
    return {**facts, **money, **served, **changes}


UNSOUND: dict[str, list[Row]] = {
    "crm_account_merges": [
        {"merged_customer_id": "egg", "surviving_customer_id": "hen", "merged_at": DAY},
        {"merged_customer_id": "hen", "surviving_customer_id": "egg", "merged_at": DAY},
    ],
    "billing_subscription_periods": [
        period("egg"),
        period("hen"),
        period("no_rate", currency_code="GBP"),
        period("no_exponent", currency_code="ZZZ"),
        period("told_twice", subscription_id="twice"),
        period("steady"),
        period("returns", end_at="2025-03-10"),
        period("returns", start_at="2025-05-10"),
    ],
    "billing_subscriptions": [
        *(subscription(name) for name in ("twice", "plain", "stacked", "few_tiers", "no_tiers")),
        *(subscription(name) for name in ("no_price", "no_terms", "no_coupon")),
        subscription("odd_status", status="sleeping"),
    ],
    "billing_subscription_items": [
        item("twice", "sound"),
        item("plain", "sound"),
        item("stacked", "sound"),
        item("no_coupon", "sound"),
        item("few_tiers", "bounded", quantity="11"),
        item("no_tiers", "untiered"),
        item("no_price", "unheard_of"),
        item("unheard_of", "sound"),
        item("no_terms", "no_amount"),
    ],
    "billing_prices": [
        price("sound"),
        price("no_amount", unit_amount_minor=""),
        price("no_interval", billing_interval="", price_type="recurring"),
        price("bounded", billing_scheme="tiered", tiers_mode="graduated"),
        price("untiered", billing_scheme="tiered", tiers_mode="volume"),
    ],
    "billing_price_tiers": [
        {
            "price_id": "bounded",
            "tier_number": "1",
            "up_to_quantity": "10",
            "unit_amount_minor": "5",
        }
    ],
    "billing_coupons": [{"coupon_id": "five", "percent_off": "5", "duration": "forever"}],
    "billing_discounts": [
        *(
            {
                "discount_id": f"d{n}",
                "coupon_id": "five",
                "subscription_id": "stacked",
                "start_at": DAY,
            }
            for n in range(9)
        ),
        {"discount_id": "dx", "coupon_id": "lost", "subscription_id": "no_coupon", "start_at": DAY},
    ],
    "crm_onboarding_projects": [
        {
            "onboarding_project_id": "o",
            "customer_id": "steady",
            "status": "in_progress",
            "created_at": DAY,
            "kickoff_at": "2025-01-15",
            "updated_at": "2025-01-15",
        }
    ],
    "growth_referrals": [
        {
            "referral_id": "r",
            "referrer_customer_id": "steady",
            "invited_at": "2025-01-05",
            "referred_customer_id": "returns",
        }
    ],
    "survey_definitions": [
        {"survey_id": "sound", "survey_type": "nps", "scale_code": "nps_0_10"},
        {"survey_id": "misfit", "survey_type": "csat", "scale_code": "nps_0_10"},
        {"survey_id": "odd_scale", "survey_type": "csat", "scale_code": "csat_99"},
    ],
    "survey_responses": [
        {
            "survey_response_id": f"r{n}",
            "survey_id": survey,
            "customer_id": "steady",
            "score": "9",
            "responded_at": "2025-02-10",
        }
        for n, survey in enumerate(("sound", "misfit", "unheard_of"))
    ],
    "support_tickets": [
        {"ticket_id": "k", "customer_id": "steady", "status": "open", "created_at": "2025-02-10"}
    ],
    "billing_payments": [
        {
            "payment_id": "p",
            "customer_id": "steady",
            "status": "succeeded",
            "currency_code": "USD",
            "amount_minor": "1000",
            "attempted_at": DAY,
        }
    ],
    "usage_users": [
        {"user_id": "u", "customer_id": "steady", "created_at": DAY, "updated_at": DAY},
    ],
    "usage_events": [
        {
            "event_id": day,
            "event_name": "report_created",
            "user_id": "u",
            "feature_name": "reports",
            "occurred_at": day,
        }
        for day in ("2025-02-05", "2025-12-20")
    ],
    "cost_ledger": [
        cost("sound"),
        cost("odd_category", cost_category="party"),
        cost("odd_key", allocation_key="by_magic"),
        cost("no_day", service_end_date="2025-02-01"),
        cost("typing_error", service_start_date="1025-02-01"),
        cost("no_exponent", currency_code="ZZZ"),
        cost("no_rate", cost_category="hosting", currency_code="GBP"),
    ],
}
# Rows that each test of raw data must point at: how many, and why.
UNSOUND_ROWS = {
    "merges_without_cycles": 2,  # egg and hen
    "every_balance_has_a_rate": 2,  # no_rate's item and its balance
    "every_currency_has_an_exponent": 1,
    "subscriptions_come_in_one_shape": 1,
    "every_status_and_interval_is_known": 1,
    "every_tiered_quantity_has_a_tier": 2,
    "every_item_has_a_price": 2,  # an unknown price, an unknown subscription
    "every_price_has_its_terms": 2,
    "stacked_percents_within_the_limit": 1,
    "every_discount_has_a_coupon": 1,
    "every_survey_has_its_scale": 3,  # of another kind, unknown, an unknown survey
    "every_cost_entry_can_be_shared": 6,  # all but the sound one
}
