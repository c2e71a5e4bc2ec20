"""One wrong figure in a mart for each identity; see test_identities_fire."""

from __future__ import annotations

# One wrong figure in a mart for each identity, and the failing row by which the test must name it.
SPOILT = {
    "periods_close_where_the_next_opens": (
        (
            "update marts.fct_mrr_roll_forward set ending_mrr_amount = ending_mrr_amount + 0.01, "
            "new_mrr_amount = new_mrr_amount + 0.01 "
            "where grain = 'quarter' and segment_name = 'all' and period_start = '2025-01-01'"
        ),
        "grain = 'quarter' and period_start = '2025-01-01'",
    ),
    "periods_balance": (
        (
            "update marts.fct_mrr_roll_forward set churn_mrr_amount = churn_mrr_amount + 0.01 "
            "where grain = 'week' and segment_name = 'all' and period_start = '2025-03-10'"
        ),
        "grain = 'week' and period_start = '2025-03-10' and segment_name = 'all'",
    ),
    "segments_make_the_total": (
        (
            "update marts.fct_mrr_roll_forward set new_customers_count = new_customers_count + 1 "
            "where grain = 'year' and segment_name = 'plan'"
        ),
        "grain = 'year' and segment_name = 'plan'",
    ),
    "retained_parts_make_the_total": (
        (
            "update marts.fct_retention set lost_customers_count = lost_customers_count + 1 "
            "where grain = 'month' and segment_name = 'csm' and period_start = '2025-06-01'"
        ),
        "grain = 'month' and segment_name = 'csm' and period_start = '2025-06-01'",
    ),
    "gross_retention_is_capped": (
        (
            "update marts.fct_retention set gross_retained_mrr_amount = retained_mrr_amount + 0.01 "
            "where grain = 'half_year' and segment_name = 'all' and period_start = '2025-07-01'"
        ),
        "grain = 'half_year' and segment_name = 'all' and period_start = '2025-07-01'",
    ),
    "mrr_of_items_customers_and_periods_agree": (
        (
            "update marts.fct_subscription_item_mrr set mrr_amount = mrr_amount + 0.01 "
            "where customer_id = 'unsound:steady'"
        ),
        "mrr_of_items = ending_mrr_amount + 0.01",
    ),
    "movements_explain_every_balance": (
        (
            "update marts.fct_mrr_movements set movement_amount = movement_amount + 0.01 "
            "where customer_id = 'unsound:steady' and grain = 'month'"
        ),
        "customer_id = 'unsound:steady' and grain = 'month'",
    ),
    "one_new_per_customer": (
        (
            "update marts.fct_mrr_movements set movement_type = 'new' where "
            "customer_id = 'unsound:returns' and grain = 'month' and movement_type = 'reactivation'"
        ),
        "customer_id = 'unsound:returns' and grain = 'month'",
    ),
    "movements_follow_one_another": (
        (
            "delete from marts.fct_mrr_changes "
            "where customer_id = 'unsound:returns' and movement_type = 'churn'"
        ),
        "customer_id = 'unsound:returns' and previous_type = 'new'",
    ),
    "movement_types_fit_balances": (
        (
            "update marts.fct_mrr_movements set movement_type = 'pause' "
            "where customer_id = 'unsound:steady' and grain = 'quarter'"
        ),
        "customer_id = 'unsound:steady' and grain = 'quarter' and movement_type = 'pause'",
    ),
    "events_make_the_months": (
        (
            "update marts.fct_mrr_changes set movement_amount = movement_amount + 0.01 "
            "where customer_id = 'unsound:hen'"
        ),
        "customer_id = 'unsound:hen' and period_start = '2025-01-01'",
    ),
    "days_make_every_period": (
        (
            "update marts.fct_mrr_roll_forward set starting_customers_count = 9 "
            "where grain = 'half_year' and segment_name = 'all' and period_start = '2025-07-01'"
        ),
        "grain = 'half_year' and period_start = '2025-07-01'",
    ),
    "retention_follows_from_movements": (
        (
            "update marts.fct_retention set retained_mrr_amount = retained_mrr_amount + 0.02 "
            "where grain = 'month' and segment_name = 'plan' and period_start = '2025-05-01'"
        ),
        "grain = 'month' and segment_name = 'plan' and period_start = '2025-05-01'",
    ),
    "customers_make_the_last_close": (
        (
            "update marts.dim_customers set mrr_amount = mrr_amount + 0.01 "
            "where customer_id = 'unsound:steady'"
        ),
        "standing_mrr_amount = ending_mrr_amount + 0.01",
    ),
    "first_payments_are_new": (
        (
            "update marts.dim_customers set first_paid_at = first_paid_at + interval 1 second "
            "where customer_id = 'unsound:returns'"
        ),
        "customer_id = 'unsound:returns'",
    ),
    "cohorts_make_the_total": (
        (
            "update marts.fct_cohort_retention set retained_mrr_amount = retained_mrr_amount + 0.01 "
            "where age_months = 2 and cohort_month = '2025-01-01'"
        ),
        "period_start = '2025-03-01' and retained_mrr_amount = ending_mrr_amount + 0.01",
    ),
    "answers_read_are_accounted_for": (
        "delete from marts.fct_survey_answers where answer_id = 'r2'",
        "what = 'unsound'",
    ),
    "answer_classes_make_the_answered": (
        (
            "update marts.fct_nps set all_passives_count = 1 "
            "where grain = 'month' and segment_name = 'plan' and period_start = '2025-02-01'"
        ),
        "grain = 'month' and segment_name = 'plan' and answers = 'all_answers_count'",
    ),
    "voice_segments_make_the_total": (
        (
            "update marts.fct_nps set promoters_count = 2 "
            "where grain = 'quarter' and segment_name = 'csm' and period_start = '2025-01-01'"
        ),
        "grain = 'quarter' and segment_name = 'csm' and period_start = '2025-01-01'",
    ),
    "support_segments_make_the_total": (
        (
            "update marts.fct_support set backlog_count = backlog_count + 1 "
            "where grain = 'month' and segment_name = 'plan' and period_start = '2025-03-01'"
        ),
        "grain = 'month' and segment_name = 'plan' and period_start = '2025-03-01'",
    ),
    "tickets_make_the_periods": (
        "update marts.fct_support_tickets set is_open = false where ticket_id = 'k'",
        "grain = 'backlog' and period_start = '2025-12-31'",
    ),
    "cohort_cells_not_reached_are_empty": (
        "update marts.fct_cohort_retention set is_reached = false where age_months = 3",
        "age_months = 3",
    ),
    "onboarding_segments_make_the_total": (
        (
            "update marts.fct_growth set invites_count = invites_count + 1 "
            "where grain = 'month' and segment_name = 'plan' and period_start = '2025-01-01'"
        ),
        "mart = 'fct_growth' and grain = 'month' and segment_name = 'plan'",
    ),
    "onboardings_make_the_cohorts": (
        (
            "update marts.fct_onboarding_funnel set reached_customers_count = 2 where grain = 'month' "
            "and segment_name = 'all' and milestone_name = 'kickoff' and period_start = '2025-01-01'"
        ),
        "counted = 'kickoff' and period_start = '2025-01-01'",
    ),
    "referrals_make_the_growth": (
        (
            "update marts.fct_referrals set referred_customer_id = referrer_customer_id "
            "where referral_id = 'unsound:r'"
        ),
        "period_or_customer = 'unsound:steady'",
    ),
    "every_milestone_is_known": (
        "update reference.milestones set source_name = 'events' where milestone_role = 'value'",
        "source_name = 'events' and problem = 'unknown word'",
    ),
    "allocated_costs_are_the_ledger": (
        (
            "update marts.fct_cost_allocated set cost_amount = cost_amount + 0.01 where not is_allocated "
            "and cost_category = 'support' and ledger_currency_code = 'USD' and cost_month = '2025-02-01'"
        ),
        "of_what = 'unsound:support:2025-02-01' and found_minor = expected_minor + 1",
    ),
    "cost_segments_make_the_total": (
        (
            "update marts.fct_cost set recurring_revenue_amount = recurring_revenue_amount + 0.01 "
            "where grain = 'quarter' and segment_name = 'csm' and period_start = '2025-01-01'"
        ),
        "grain = 'quarter' and segment_name = 'csm' and period_start = '2025-01-01'",
    ),
    "customers_and_the_rest_make_the_cost": (
        (
            "update marts.fct_customer_profitability set is_carried_at_a_loss = not is_carried_at_a_loss "
            "where grain = 'year' and customer_id = 'unsound:steady'"
        ),
        "grain = 'year' and period_start = '2025-01-01'",
    ),
    "activity_segments_make_the_total": (
        (
            "update marts.fct_active_users set trailing_week_users_count = 1 "
            "where grain = 'month' and segment_name = 'csm' and period_start = '2025-02-01' "
            "and activity_notion = 'core_active'"
        ),
        "mart = 'fct_active_users' and grain = 'month' and segment_name = 'csm'",
    ),
    "users_live_one_life": (
        (
            "update marts.fct_user_lifecycle set dormant_users_count = 0 "
            "where grain = 'week' and period_start = '2025-06-02' and activity_notion = 'active'"
        ),
        "grain = 'week' and period_start = '2025-06-02' and users_so_far_count = 0",
    ),
    "active_users_recounted": (
        (
            "update marts.fct_active_users set trailing_month_users_count = 2 "
            "where grain = 'month' and segment_name = 'all' and period_start = '2025-12-01'"
        ),
        "measure = 'trailing_month_users_count' and recounted_users_count = 1",
    ),
    "adoption_segments_make_the_total": (
        (
            "update marts.fct_activity_churn set silent_users_count = silent_users_count + 1 "
            "where grain = 'month' and segment_name = 'plan' and period_start = '2025-03-01'"
        ),
        "mart = 'fct_activity_churn' and grain = 'month' and segment_name = 'plan'",
    ),
    "who_was_active_before_was_active": (
        (
            "update marts.fct_activity_churn set active_users_before_count = 5 "
            "where grain = 'month' and segment_name = 'all' and period_start = '2025-03-01'"
        ),
        "grain = 'month' and period_start = '2025-03-01' and active_users_before_count = 5",
    ),
    "adoption_stays_within_its_whole": (
        (
            "update marts.fct_feature_adoption_by_customer set used_days_count = 32 "
            "where customer_id = 'unsound:steady' and usage_month = '2025-02-01'"
        ),
        "grain = 'month' and segment_value = 'unsound:steady' and part = 'reports'",
    ),
    "features_of_users_recounted": (
        (
            "update marts.fct_feature_adoption set feature_events_count = 7 where grain = 'month' "
            "and segment_name = 'all' and feature_name = 'reports' and period_start = '2025-12-01'"
        ),
        "grain = 'month' and period_start = '2025-12-01' and feature_name = 'reports'",
    ),
    "historic_values_make_the_net_revenue": (
        (
            "update marts.fct_customer_lifetime_value "
            "set historic_value_amount = historic_value_amount + 0.01"
        ),
        "historic_value_amount = net_revenue_amount + 0.01",
    ),
    "lifecycle_stages_cover_every_day": (
        (
            "update marts.fct_lifecycle_stages set to_date = to_date - 1 "
            "where customer_id = 'unsound:returns' and stage_name = 'churn'"
        ),
        "company_id = 'unsound:returns' and stage_name = 'churn'",
    ),
    "lifecycle_stages_agree_with_billing": (
        (
            "update marts.fct_lifecycle_stages set stage_name = 'churn' "
            "where customer_id = 'unsound:steady' and is_current"
        ),
        "customer_id = 'unsound:steady' and is_subscribed",
    ),
    "lifecycle_segments_make_the_total": (
        (
            "update marts.fct_lifecycle_periods set churn_left_count = churn_left_count + 1 "
            "where grain = 'month' and segment_name = 'plan' and period_start = '2025-04-01'"
        ),
        "grain = 'month' and segment_name = 'plan' and period_start = '2025-04-01'",
    ),
    "lifecycle_periods_count_the_stages": (
        (
            "update marts.fct_lifecycle_periods set growth_ending_count = growth_ending_count + 1 "
            "where grain = 'quarter' and segment_name = 'all' and period_start = '2025-07-01'"
        ),
        "grain = 'quarter' and period_start = '2025-07-01' and stage_name = 'growth'",
    ),
    "lifecycle_thresholds_are_complete": (
        (
            "update reference.lifecycle_thresholds set measure_name = 'seats' "
            "where threshold_name = 'adoption_level'"
        ),
        "threshold_name = 'adoption_level' and problem = 'unknown'",
    ),
}
