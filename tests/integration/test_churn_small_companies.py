"""Training snapshots of companies that lack something: usage, billing, more than a day of history.

Everything is landed in one load, so it is history: known as of its own time. Berlin changes to summer
time on 30 March, so April begins at 22:00 UTC.
"""

from __future__ import annotations

import pytest

from tests.building.dbt_slot import DbtSlot, Warehouse
from tests.building.landing_writer import Delivery, Row, write_landing

pytestmark = pytest.mark.slow

AS_OF = "2025-07-01 00:00:00"
POLICY = {"as_of": AS_OF, "known_at": AS_OF, "reporting_timezone": "Europe/Berlin"}
JULY, APRIL, MAY = "2025-07-01", "2025-04-01", "2025-05-01"


def event(number: int, at: str) -> Row:
    return {
        "event_id": f"e{number}", "event_name": "report_created", "user_id": "ann", "customer_id": "young",
        "feature_name": "reports", "occurred_at": at,
    }  # fmt: skip


def version(at: str, **values: object) -> Row:
    return {
        "subscription_id": "sub", "customer_id": "young", "status": "active", "currency_code": "USD",
        "start_at": "2025-03-31 10:00:00", "current_period_end_at": "2025-04-30 10:00:00",
        "updated_at": at, **values,
    }  # fmt: skip


YOUNG: dict[str, list[Row]] = {
    "billing_products": [{"product_id": "team", "product_name": "Team"}],
    "billing_prices": [
        {
            "price_id": "team_month", "product_id": "team", "currency_code": "USD", "billing_interval": "month",
            "unit_amount_minor": 1000,
        }
    ],
    "billing_customers": [{"customer_id": "young", "created_at": "2025-03-31 10:00:00"}],
    "billing_subscriptions": [
        version("2025-03-31 10:00:00"),
        # Half past midnight in Berlin: on the day of the snapshot, and so ahead of it.
        version("2025-03-31 22:30:00", is_cancel_at_period_end=True, canceled_at="2025-03-31 22:30:00"),
        version("2025-04-30 10:00:00", status="canceled", ended_at="2025-04-30 10:00:00"),
    ],
    "billing_subscription_items": [
        {
            "subscription_item_id": "item", "subscription_id": "sub", "price_id": "team_month", "quantity": 2,
            "created_at": "2025-03-31 10:00:00", "updated_at": "2025-03-31 10:00:00",
        }
    ],
    "usage_events": [event(1, "2025-03-31 21:59:59"), event(2, "2025-03-31 22:00:00")],
}  # fmt: skip
BILLING_ONLY: dict[str, list[Row]] = {
    "billing_subscription_periods": [
        {
            "subscription_id": "plain", "customer_id": "plain", "start_at": "2025-02-10 09:00:00",
            "plan_name": "Plain", "currency_code": "USD", "amount_minor": 5000, "billing_interval": "month",
        }
    ]
}  # fmt: skip
USAGE_ONLY: dict[str, list[Row]] = {"usage_events": [event(3, "2025-03-10 09:00:00")]}


@pytest.fixture(scope="module")
def built(dbt_slot: DbtSlot, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    deliveries = [
        Delivery(source, name, tuple(rows), AS_OF, f"{source}_{name}")
        for source, objects in (("young", YOUNG), ("plain", BILLING_ONLY), ("used", USAGE_ONLY))
        for name, rows in objects.items()
    ]
    landing = write_landing(tmp_path_factory.mktemp("small") / "landing", deliveries)
    return dbt_slot.build(
        landing, select=("+int_churn_snapshots", "int_health_card_inputs"), policy=POLICY
    )


def snapshot(built: Warehouse, customer: str, day: str) -> dict[str, object]:
    (row,) = built.rows(
        "select * from intermediate.int_churn_snapshots where customer_id = ? and as_of_date = ?",
        [customer, day],
    )
    return row


def test_a_customer_one_day_old_has_what_it_did_on_that_day(built: Warehouse) -> None:
    row = snapshot(built, "young:young", APRIL)
    assert (row["tenure_days"], row["term_months"], row["seat_count"]) == (1, 1, 2)
    assert row["active_seat_ratio"] == 0.5
    assert row["usage_trend_log_ratio"] is None
    assert str(row["snapshot_at"]) == "2025-03-31 22:00:00"
    assert str(row["usage_fresh_at"]) == "2025-03-31 21:59:59"


def test_a_click_after_midnight_is_ahead_of_the_snapshot(built: Warehouse) -> None:
    row = snapshot(built, "young:young", APRIL)
    assert row["has_given_notice"] is False
    assert (row["churn_kind_30"], row["churned_within_90"]) == ("voluntary", True)
    # It ended on 30 April, before the next month start.
    assert not built.rows(
        "select 1 from intermediate.int_churn_snapshots where source_id = 'young' and as_of_date = ?", [MAY]
    )  # fmt: skip


def test_billing_alone_has_snapshots_that_lack_what_nobody_delivered(built: Warehouse) -> None:
    row = snapshot(built, "plain:plain", MAY)
    assert (row["has_usage_source"], row["has_survey_source"], row["has_payments_source"]) == (
        False,
        False,
        False,
    )
    assert row["weekly_events_per_seat_log"] is None
    assert row["ticket_ratio"] is None
    # A period from the 10th to the 10th, and it could go at any of them.
    assert (row["period_end_days"], row["can_leave_within_30"]) == (9, True)
    assert (row["churned_within_30"], row["mrr_amount"]) == (False, 50)
    days = built.rows(
        "select as_of_date from intermediate.int_churn_snapshots where source_id = 'plain' order by 1"
    )
    assert [str(row["as_of_date"])[:7] for row in days] == [
        "2025-03", "2025-04", "2025-05", "2025-06", "2025-07",
    ]  # fmt: skip


def test_a_horizon_that_is_not_over_says_nothing(built: Warehouse) -> None:
    row = snapshot(built, "plain:plain", "2025-06-01")
    assert (row["is_observed_30"], row["is_observed_90"]) == (True, False)
    assert (row["churned_within_30"], row["churned_within_90"]) == (False, None)
    assert snapshot(built, "plain:plain", JULY)["churned_within_30"] is None


def test_usage_alone_has_no_customers(built: Warehouse) -> None:
    assert (
        built.value(
            "select count(*) as n from intermediate.int_churn_snapshots where source_id = 'used'"
        )
        == 0
    )


def test_the_card_reads_weekly_snapshots_alone(built: Warehouse) -> None:
    days = built.rows("select distinct as_of_date from intermediate.int_health_card_inputs")
    assert {row["as_of_date"].isoweekday() for row in days} == {2}  # as_of is a Tuesday
