"""fightchurn's simulated social network: every cell that its own SQL could compute.

Its snapshot of a day holds what starts on that day at midnight, ours of a period's opening does not:
what starts at 00:00 on the first belongs to the new period. Reported from one hour further west the
same midnights lie in the old month, and both say the same.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tests.building.dbt_slot import REVENUE_MARTS
from tests.third_party.conftest import Loaded

pytestmark = [pytest.mark.third_party, pytest.mark.slow]

BILLING = ("billing_customers", "billing_subscription_periods")
AN_HOUR_WEST = "Etc/GMT+1"
CELLS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "net_mrr_retention_rate": lambda row: row["net_revenue_retention_ratio"],
    "net_mrr_churn_rate": lambda row: 1 - row["net_revenue_retention_ratio"],
    "start_mrr": lambda row: row["starting_mrr_amount"],
    "retained_mrr": lambda row: row["retained_mrr_amount"],
    "churn_rate": lambda row: row["logo_churn_rate"],
    "retention_rate": lambda row: row["customer_retention_rate"],
    "n_start": lambda row: row["starting_customers_count"],
    "n_churn": lambda row: row["lost_customers_count"],
    "mrr_churn_rate": lambda row: row["gross_revenue_churn_rate"],
    "churn_mrr": lambda row: row["lost_mrr_amount"],
}


@pytest.fixture(scope="module")
def network(load_third_party: Callable[..., Loaded]) -> Loaded:
    return load_third_party(
        "fightchurn_socialnet7",
        objects=BILLING,
        select=REVENUE_MARTS,
        as_of="2020-07-01 12:00:00",
        reporting_timezone=AN_HOUR_WEST,
    )


@pytest.mark.parametrize("cell", CELLS)
def test_every_month(network: Loaded, cell: str) -> None:
    theirs = network.reference("expected_fightchurn_sql_monthly.csv")
    given = {row["from_date"]: Decimal(row[cell]) for row in theirs if row[cell]}
    ours = {
        str(row["period_start"]): row
        for row in network.warehouse.rows(
            "select * from marts.fct_retention where grain = 'month' and segment_name = 'all'"
        )
    }
    assert len(given) == 4
    for month, value in given.items():
        assert abs(CELLS[cell](ours[month]) - value) < Decimal("1e-9"), month
