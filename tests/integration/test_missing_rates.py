"""A missing exchange rate is no number, and a failed check that names the currency and the day.

The story that must fail: a company whose rates have a gap, and a currency without any. Rates are neither
carried on over the gap nor taken as 1, whatever the policy.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.building.dbt_slot import DbtSlot, Warehouse
from tests.building.landing_writer import Delivery, Row, write_landing

pytestmark = pytest.mark.slow

CHECK = "every_balance_has_a_rate"
DATED: dict[str, Any] = {}
AT_START = {"fx_policy": "at_start"}
CONSTANT = {"fx_policy": "constant", "fx_constant_date": "2025-03-15"}


def period(customer: str, currency: str, start_at: str) -> Row:
    return {
        "subscription_id": customer,
        "customer_id": customer,
        "start_at": start_at,
        "currency_code": currency,
        "amount_minor": "10000",
        "billing_interval": "month",
    }


def rate(valid_from: str, valid_to: str, units: str) -> Row:
    return {
        "from_currency_code": "EUR",
        "to_currency_code": "USD",
        "valid_from_date": valid_from,
        "valid_to_date": valid_to,
        "exchange_rate": units,
    }


COMPANY: dict[str, list[Row]] = {
    "billing_subscription_periods": [
        period("lasting", "EUR", "2025-01-10"),
        period("in_the_gap", "EUR", "2025-03-20"),
        period("unheard_of", "CHF", "2025-02-10"),
        period("home", "USD", "2025-01-10"),
    ],
    # No rate of March.
    "billing_exchange_rates": [
        rate("2025-01-01", "2025-03-01", "1.10"),
        rate("2025-04-01", "", "1.20"),
    ],
}
# What a reader of the failing check sees: whose money, in which currency, since when.
MISSING = {
    "dated": (
        DATED,
        {
            ("gap:lasting", "EUR", "2025-03-01"),
            ("gap:in_the_gap", "EUR", "2025-03-20"),
            ("gap:unheard_of", "CHF", "2025-02-10"),
        },
    ),
    "at_start": (
        AT_START,
        {
            ("gap:in_the_gap", "EUR", "2025-03-20"),
            ("gap:unheard_of", "CHF", "2025-02-10"),
        },
    ),
    "constant": (
        CONSTANT,
        {
            ("gap:lasting", "EUR", "2025-01-10"),
            ("gap:in_the_gap", "EUR", "2025-03-20"),
            ("gap:unheard_of", "CHF", "2025-02-10"),
        },
    ),
}


@pytest.fixture(scope="module", params=MISSING)
def case(
    request: pytest.FixtureRequest, dbt_slot: DbtSlot, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, Warehouse]:
    deliveries = [Delivery("gap", name, tuple(rows)) for name, rows in COMPANY.items()]
    landing = write_landing(tmp_path_factory.mktemp("gap") / "landing", deliveries)
    policy = MISSING[request.param][0]
    built = dbt_slot.build(
        landing, select=("+fct_mrr_changes", "+int_revenue_entries_dated"), policy=policy
    )
    return request.param, dbt_slot.test(built, CHECK, policy=policy)


def test_check_names_currency_and_day(case: tuple[str, Warehouse]) -> None:
    name, warehouse = case
    result = warehouse.results[CHECK]
    assert result["status"] == "fail", result["message"]
    rows = warehouse.rows(
        f"select customer_id, currency_code, missing_at from ({result['compiled_code']})"
    )
    found = {
        (row["customer_id"], row["currency_code"], str(row["missing_at"])[:10]) for row in rows
    }
    assert found == MISSING[name][1]


def test_money_without_a_rate_is_no_number(case: tuple[str, Warehouse]) -> None:
    name, warehouse = case
    without = sorted(customer for customer, _, _ in MISSING[name][1])
    amounts = warehouse.rows(
        "select distinct customer_id, mrr_after from intermediate.int_currency_balances_accumulated "
        "where local_mrr_after > 0 and exchange_rate is null"
    )
    assert {row["mrr_after"] for row in amounts} == {None}
    assert set(without) <= {row["customer_id"] for row in amounts}


def test_money_with_a_rate_is_as_it_was(case: tuple[str, Warehouse]) -> None:
    _, warehouse = case
    rows = warehouse.rows(
        "select customer_id, change_date, movement_amount from marts.fct_mrr_changes "
        "where customer_id = 'gap:home'"
    )
    assert [(str(row["change_date"]), float(row["movement_amount"])) for row in rows] == [
        ("2025-01-10", 100.0)
    ]


@pytest.mark.parametrize(
    ("policy", "message"),
    [
        ({"fx_policy": "spot"}, "use dated, constant or at_start"),
        ({"fx_policy": "constant"}, "fx_constant_date is not set"),
    ],
)
def test_unknown_policies_are_refused(
    dbt_slot: DbtSlot, policy: dict[str, Any], message: str
) -> None:
    finished = dbt_slot.dbt(
        "compile", "--select", "int_exchange_rates_resolved", policy=policy, check=False
    )
    assert finished.returncode != 0
    assert message in finished.stdout + finished.stderr
