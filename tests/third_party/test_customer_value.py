"""What customers bought and brought: the CDNOW sample, and two cases of Preppin' Data.

All are sources of one warehouse, so that it is built once. What a mapping cannot express of them stands in it.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest

from orchestration.ingestion.ingest import ingest
from orchestration.ingestion.mapping_parser import load_mapping
from orchestration.settings import Settings
from tests.building.dbt_slot import DbtSlot, Warehouse
from tests.third_party.conftest import LOADED_AT, MAPPINGS

pytestmark = [pytest.mark.third_party, pytest.mark.slow]

# The calibration period of the CDNOW sample ends with 30 September 1997.
AS_OF = "1997-10-01 00:00:00"
SOURCES = {
    "cdnow": 6919,
    "prepbench_010_liquid": 200,
    "prepbench_010_bar": 200,
    "prepbench_029": 11,
}
VALUES = "marts.fct_customer_lifetime_value"


@pytest.fixture(scope="module")
def warehouse(
    dbt_slot: DbtSlot, third_party_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> Warehouse:
    del third_party_data  # it names the folder that the mappings read
    settings = Settings(data_dir=tmp_path_factory.mktemp("customer_value"))
    for source, rows in SOURCES.items():
        report = ingest(load_mapping(MAPPINGS / f"{source}.yml"), settings, LOADED_AT)
        assert report.is_ok, [result.line() for result in report.failures]
        assert (report.total("rows_landed"), report.total("rows_quarantined")) == (rows, 0)
    return dbt_slot.build(
        settings.landing_dir,
        select=("+fct_customer_lifetime_value", "+fct_mrr_movements"),
        policy={"as_of": AS_OF},
    )


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_purchases_of_every_cdnow_customer(warehouse: Warehouse, third_party_data: Path) -> None:
    expected = {
        row["customer_id"]: row
        for row in _rows(
            third_party_data / "cdnow_sample" / "expected_rfm_days_asof_1997-09-30.csv"
        )
    }
    found = {
        row["customer_id"].removeprefix("cdnow:"): row
        for row in warehouse.rows(
            f"select * from {VALUES} where starts_with(customer_id, 'cdnow:')"
        )
    }
    assert len(found) == len(expected) == 2357
    for customer, row in expected.items():
        ours = found[customer]
        assert ours["repeat_purchases_count"] == float(row["frequency"]), customer
        assert ours["recency_days"] == float(row["recency"]), customer
        assert ours["age_days"] == float(row["T"]), customer
        # Theirs is 0 where nothing was bought again; there is no average of nothing.
        average = ours["average_repeat_purchase_amount"]
        assert (average is None) == (float(row["frequency"]) == 0), customer
        difference = (average or Decimal(0)) - Decimal(row["monetary_value"])
        assert abs(difference) <= Decimal("0.0000000001"), customer


@pytest.mark.parametrize("soap", ["Liquid", "Bar"])
def test_sales_to_date_are_the_historic_value(
    warehouse: Warehouse, third_party_data: Path, soap: str
) -> None:
    source = f"prepbench_010_{soap.lower()}"
    found = {
        row["customer_id"].removeprefix(f"{source}:"): row["historic_value_amount"]
        for row in warehouse.rows(
            f"select * from {VALUES} where starts_with(customer_id, ? || ':')", [source]
        )
    }
    case = third_party_data / "prepbench" / "case_010"
    emails = _rows(case / "expected_output_02.csv")
    assert len(emails) == 100
    for row in emails:
        assert found[row["email"]] == Decimal(row[f"{soap} Sales to Date"]), row["email"]
    # Every customer is in one group of the other answer, so the groups make the total.
    groups = _rows(case / "expected_output_01.csv")
    assert sum(int(row["email"]) for row in groups) == len(found)
    assert sum(Decimal(row[f"{soap} Sales to Date"]) for row in groups) == sum(found.values())


def test_what_a_subscription_costs_a_year(warehouse: Warehouse, third_party_data: Path) -> None:
    found: dict[str, Decimal] = defaultdict(Decimal)
    for row in warehouse.rows(
        "select customer_id, 12 * movement_amount as arr from marts.fct_mrr_movements "
        "where grain = 'month' and starts_with(customer_id, 'prepbench_029:')"
    ):
        yearly = row["arr"].quantize(Decimal("0.01"), ROUND_HALF_UP)
        found[row["customer_id"].removeprefix("prepbench_029:")] += yearly
    case = third_party_data / "prepbench" / "case_029"
    expected = {
        row["Name"]: Decimal(row["Subscription Cost (Per Annum)"])
        for row in _rows(case / "expected_output_01.csv")
    }
    assert dict(found) == expected
