"""Every singular data test fires: on a company whose raw data break each rule, and on spoilt marts.

That all of them are quiet on sound companies is `tests/golden/test_data_tests_are_quiet.py`.
"""

from __future__ import annotations

import duckdb
import pytest

from orchestration.settings import DBT_PROJECT_DIR
from tests.building.dbt_slot import DbtSlot, Warehouse
from tests.building.landing_writer import Delivery, Row, write_landing

pytestmark = pytest.mark.slow

FOLDERS = ("identities", "inputs")
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
}
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
    "cohort_cells_not_reached_are_empty": (
        "update marts.fct_cohort_retention set is_reached = false where age_months = 3",
        "age_months = 3",
    ),
}


@pytest.fixture(scope="module")
def findings(dbt_slot: DbtSlot, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    deliveries = [Delivery("unsound", name, tuple(rows)) for name, rows in UNSOUND.items()]
    landing = write_landing(tmp_path_factory.mktemp("unsound") / "landing", deliveries)
    built = dbt_slot.build(landing)
    with duckdb.connect(str(built.path)) as connection:
        for statement, _ in SPOILT.values():
            (changed,) = connection.execute(statement).fetchone() or (0,)
            assert changed, statement
    return dbt_slot.test(built, *(f"path:tests/{folder}" for folder in FOLDERS))


@pytest.mark.parametrize("name", UNSOUND_ROWS)
def test_fires_on_unsound_data(findings: Warehouse, name: str) -> None:
    result = findings.results[name]
    assert result["status"] == "fail", result["message"]
    assert result["failures"] == UNSOUND_ROWS[name]


@pytest.mark.parametrize("name", SPOILT)
def test_fires_on_a_spoilt_mart(findings: Warehouse, name: str) -> None:
    result = findings.results[name]
    assert result["status"] == "fail", result["message"]
    query = f"select count(*) as n from ({result['compiled_code']}) where {SPOILT[name][1]}"
    assert findings.value(query) >= 1


def test_every_singular_test_has_a_case() -> None:
    files = {
        path.stem
        for folder in FOLDERS
        for path in (DBT_PROJECT_DIR / "tests" / folder).glob("*.sql")
    }
    assert files == set(UNSOUND_ROWS) | set(SPOILT)
