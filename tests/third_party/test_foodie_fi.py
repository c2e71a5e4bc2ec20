"""Foodie-Fi: every published answer about subscriptions, from the published marts."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest

from tests.building.dbt_slot import REVENUE_MARTS
from tests.third_party.conftest import Loaded

pytestmark = [pytest.mark.third_party, pytest.mark.slow]

ITEMS = "marts.fct_subscription_item_mrr"
END_OF_2020 = "timestamp '2021-01-01'"


@pytest.fixture(scope="module")
def foodie(load_third_party: Callable[..., Loaded]) -> Loaded:
    return load_third_party("foodie_fi", select=REVENUE_MARTS, as_of="2021-06-01 00:00:00")


@pytest.fixture(scope="module")
def answers(foodie: Loaded) -> dict[str, Any]:
    return json.loads((foodie.folder / "published_answers.json").read_text())


def _counts(foodie: Loaded, sql: str) -> dict[str, int]:
    return {row["name"]: row["n"] for row in foodie.warehouse.rows(sql)}


def test_rows_and_customers(foodie: Loaded, answers: dict[str, Any]) -> None:
    assert foodie.report.result("billing_subscriptions").total("rows_read") == answers["rows"]
    counted = foodie.warehouse.value("select count(*) as n from marts.dim_customers")
    assert counted == answers["customers"]


def test_trial_starts_by_month(foodie: Loaded, answers: dict[str, Any]) -> None:
    rows = foodie.warehouse.rows(
        f"select month(valid_from_at) as month, count(*) as n from {ITEMS} "
        f"where state = 'trial' and valid_from_at < {END_OF_2020} group by all order by all"
    )
    assert [row["n"] for row in rows] == answers["trial_starts_by_month_2020"]


def test_what_followed_the_trial(foodie: Loaded, answers: dict[str, Any]) -> None:
    followed = _counts(
        foodie,
        f"""
        select coalesce(paid.plan_name, 'churn') as name, count(*) as n
        from {ITEMS} as trials
        left join {ITEMS} as paid
            on trials.customer_id = paid.customer_id and paid.valid_from_at = trials.valid_to_at
        where trials.state = 'trial'
        group by all
        """,
    )
    assert followed == answers["after_trial"]
    assert followed["churn"] == answers["churn_after_trial"]


def test_churn_ever(foodie: Loaded, answers: dict[str, Any]) -> None:
    paid = foodie.warehouse.value(
        "select count(*) as n from marts.fct_mrr_changes where movement_type = 'churn'"
    )
    # Their churn counts trials that ended too; ours is of customers who had paid.
    assert paid + answers["churn_after_trial"] == answers["churn_ever"]
    gone = Decimal(paid + answers["churn_after_trial"]) * 100 / answers["customers"]
    assert gone == Decimal(str(answers["churn_ever_pct"]))


def test_plans_at_the_end_of_2020(foodie: Loaded, answers: dict[str, Any]) -> None:
    held = _counts(
        foodie,
        f"""
        select plan_name as name, count(*) as n from {ITEMS}
        where valid_from_at < {END_OF_2020} and coalesce(valid_to_at, {END_OF_2020}) >= {END_OF_2020}
        group by all
        """,
    )
    published = answers["at_2020_12_31"]
    assert {**held, "churn": answers["customers"] - sum(held.values())} == published
    # The published segment rows say the same of those who pay.
    opened = _counts(
        foodie,
        """
        select segment_value as name, starting_customers_count as n from marts.fct_mrr_roll_forward
        where grain = 'month' and period_start = date '2021-01-01' and segment_name = 'plan'
            and starting_customers_count > 0
        """,
    )
    assert opened == {name: n for name, n in published.items() if name not in {"trial", "churn"}}


def test_starts_after_2020(foodie: Loaded, answers: dict[str, Any]) -> None:
    started = _counts(
        foodie,
        f"select plan_name as name, count(*) as n from {ITEMS} "
        f"where valid_from_at >= {END_OF_2020} group by all",
    )
    gone = foodie.warehouse.value(
        f"""
        select count(*) as n from (
            select customer_id, max(valid_to_at) as ended_at
            from {ITEMS} group by customer_id having count_if(valid_to_at is null) = 0
        ) as ended where ended_at >= {END_OF_2020}
        """
    )
    assert {**started, "churn": gone} == answers["after_2020"]


def test_annual_upgrades(foodie: Loaded, answers: dict[str, Any]) -> None:
    (row,) = foodie.warehouse.rows(
        f"""
        with annual as (
            select customer_id, min(valid_from_at) as annual_at from {ITEMS}
            where plan_name = 'pro annual' group by customer_id
        ),
        joined as (select customer_id, min(valid_from_at) as joined_at from {ITEMS} group by customer_id)
        select
            count_if(annual_at < {END_OF_2020}) as upgrades,
            sum(date_diff('day', joined_at, annual_at)) as days,
            count(*) as n
        from annual inner join joined using (customer_id)
        """
    )
    assert row["upgrades"] == answers["annual_upgrades_2020"]
    assert row["days"] / row["n"] == pytest.approx(answers["avg_days_to_annual"], abs=1e-12)


def test_no_downgrade_from_pro_to_basic(foodie: Loaded, answers: dict[str, Any]) -> None:
    downgrades = foodie.warehouse.value(
        f"""
        select count(*) as n from {ITEMS} as pro inner join {ITEMS} as basic
            on pro.customer_id = basic.customer_id and pro.valid_to_at = basic.valid_from_at
        where pro.plan_name = 'pro monthly' and basic.plan_name = 'basic monthly'
            and basic.valid_from_at < {END_OF_2020}
        """
    )
    assert downgrades == answers["downgrade_pro_to_basic_2020"]


def test_mrr_of_every_month_start(foodie: Loaded) -> None:
    """Derived, not published: plans held on the first of each month, annual at 199 / 12."""
    ours = {
        str(row["period_start"]): row
        for row in foodie.warehouse.rows(
            "select * from marts.fct_mrr_roll_forward where grain = 'day' and segment_name = 'all'"
        )
    }
    rows = foodie.reference("derived_plan_state_month_start.csv")
    compared = [row for row in rows if row["as_of"] in ours]
    assert len(compared) >= 12
    for row in compared:
        # What starts on the first is in their count: our close of that day.
        day = ours[row["as_of"]]
        paying = sum(int(row[plan]) for plan in ("basic", "pro_monthly", "pro_annual"))
        assert day["ending_customers_count"] == paying, row["as_of"]
        mrr = day["ending_mrr_amount"].quantize(Decimal("0.0001"), ROUND_HALF_UP)
        assert abs(mrr - Decimal(row["mrr"])) <= Decimal("0.0001"), row["as_of"]
