"""dbt Labs' mrr-playbook: its customers' months, its totals, and two references' retention.

Its `mrr` of a month is the close of that month, as here. Its known fault, that whoever is still active
in its last spine month is shown as churned in the next, does not bite on this file: the four customers
of its last month, January 2020, all end on 1 February 2020. So every row of it is compared.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest

from tests.building.dbt_slot import REVENUE_MARTS
from tests.third_party.conftest import Loaded

pytestmark = [pytest.mark.third_party, pytest.mark.slow]

# The package's words for movements, in ours.
CATEGORIES = {
    "new": "new",
    "churn": "churn",
    "upgrade": "expansion",
    "downgrade": "contraction",
    "reactivation": "reactivation",
    "": None,
}
# Its monthly columns, in ours.
MONTHLY = {
    "active_customers": "ending_customers_count",
    "mrr": "ending_mrr_amount",
    "new_mrr": "new_mrr_amount",
    "upgrade_mrr": "expansion_mrr_amount",
    "downgrade_mrr": "contraction_mrr_amount",
    "churn_mrr": "churn_mrr_amount",
    "reactivation_mrr": "reactivation_mrr_amount",
    "n_new": "new_customers_count",
    "n_upgrade": "expansion_customers_count",
    "n_downgrade": "contraction_customers_count",
    "n_churn": "churn_customers_count",
    "n_reactivation": "reactivation_customers_count",
}
# Customer months: MRR from the items in force just before the month's end, movement from the ledger.
CUSTOMER_MONTHS = """
with months as (
    select period_start, period_end from marts.dim_periods where grain = 'month'
),
held as (
    select items.customer_id, months.period_start, sum(items.mrr_amount) as mrr
    from marts.fct_subscription_item_mrr as items
    inner join months
        on items.valid_from_at < months.period_end
        and coalesce(items.valid_to_at, timestamp '9999-01-01') >= months.period_end
    group by all
)
select
    split_part(coalesce(held.customer_id, moved.customer_id), ':', 2) as customer_id,
    cast(coalesce(held.period_start, moved.period_start) as varchar) as month,
    coalesce(held.mrr, 0) as mrr,
    moved.movement_type,
    coalesce(moved.movement_amount, 0) as mrr_change
from held
full join (select * from marts.fct_mrr_movements where grain = 'month') as moved
    on held.customer_id = moved.customer_id and held.period_start = moved.period_start
"""
Row = tuple[Decimal, str | None, Decimal]


@pytest.fixture(scope="module")
def playbook(load_third_party: Callable[..., Loaded]) -> Loaded:
    return load_third_party("mrr_playbook", select=REVENUE_MARTS, as_of="2020-03-01 00:00:00")


def test_every_customer_and_month(playbook: Loaded) -> None:
    expected: dict[tuple[str, str], Row] = {
        (row["customer_id"], row["date_month"][:10]): (
            Decimal(row["mrr"]),
            CATEGORIES[row["change_category"]],
            Decimal(row["mrr_change"]),
        )
        for row in playbook.reference("expected_mrr_fullspine2017.csv")
    }
    ours: dict[tuple[str, str], Row] = {
        (row["customer_id"], row["month"]): (row["mrr"], row["movement_type"], row["mrr_change"])
        for row in playbook.warehouse.rows(CUSTOMER_MONTHS)
    }
    nothing: Row = (Decimal(0), None, Decimal(0))
    assert len(expected) == 417
    assert {key: ours.get(key, nothing) for key in expected} == expected
    # What the reference has no row for did not happen here either.
    assert set(ours) - set(expected) == set()


def test_the_reference_ends_where_its_data_end(playbook: Loaded) -> None:
    open_ended = (
        "select count(*) as n from marts.fct_subscription_item_mrr where valid_to_at is null"
    )
    assert playbook.warehouse.value(open_ended) == 0


def test_every_total_of_every_month(playbook: Loaded) -> None:
    reference = playbook.reference("expected_monthly_fullspine2017.csv")
    rows = playbook.warehouse.rows(
        "select * from marts.fct_mrr_roll_forward where grain = 'month' and segment_name = 'all'"
    )
    ours = {str(row["period_start"]): row for row in rows}
    expected = {row["date_month"][:10]: row for row in reference}
    assert len(expected) == 29
    for month, row in expected.items():
        assert {name: ours[month][column] for name, column in MONTHLY.items()} == {
            name: Decimal(row[name]) for name in MONTHLY
        }, month
    # It leaves out the one month without anybody; here it is a row of zeros.
    (silent,) = set(ours) - set(expected)
    assert silent == "2017-12-01"
    assert {ours[silent][column] for column in MONTHLY.values()} == {0}


def test_nrr_of_both_references_in_all_28_months(playbook: Loaded) -> None:
    """28 months follow another of the package's spine; in one of them nobody was there to retain."""
    first, second = _fightchurn(playbook), _nrr_of_customer_months(playbook)
    ours = _retention(playbook, "month")
    months = [
        row["date_month"][:10] for row in playbook.reference("expected_monthly_fullspine2017.csv")
    ][1:]
    assert len(months) == 28
    shown = {month: ours[month]["net_revenue_retention_ratio"] for month in months}
    assert [month for month in months if shown[month] is None] == ["2018-01-01"]
    for month in months:
        assert _near(shown[month], second[month]), month
        if first[month]["net_mrr_retention_rate"]:
            assert _near(shown[month], Decimal(first[month]["net_mrr_retention_rate"])), month
    # Where the SQL reference says NULL, nothing was retained, or nobody was there at the start.
    silent = [month for month in months if not first[month]["net_mrr_retention_rate"]]
    assert {month: shown[month] for month in silent} == {
        "2017-11-01": 0,
        "2018-01-01": None,
        "2020-01-01": 0,
        "2020-02-01": 0,
    }


@pytest.mark.parametrize(
    ("theirs", "column", "cells"),
    [
        ("net_mrr_retention_rate", "net_revenue_retention_ratio", 24),
        ("churn_rate", "logo_churn_rate", 27),
        ("mrr_churn_rate", "gross_revenue_churn_rate", 9),
        ("start_mrr", "starting_mrr_amount", 27),
        ("n_start", "starting_customers_count", 27),
        ("n_churn", "lost_customers_count", 27),
    ],
)
def test_every_cell_of_the_sql_reference(
    playbook: Loaded, theirs: str, column: str, cells: int
) -> None:
    ours = _retention(playbook, "month")
    given = {month: row[theirs] for month, row in _fightchurn(playbook).items() if row[theirs]}
    assert len(given) == cells
    for month, value in given.items():
        assert _near(ours[month][column], Decimal(value)), month


def test_annual_row_is_a_trailing_window(playbook: Loaded) -> None:
    (theirs,) = playbook.reference("expected_fightchurn_sql_annual.csv")
    ours = _retention(playbook, "trailing_12_months")[_month_later(theirs["from_date"])]
    assert str(ours["period_end"]) == _month_later(theirs["to_date"])
    assert _near(ours["net_revenue_retention_ratio"], Decimal(theirs["net_mrr_retention_rate"]))
    assert _near(ours["logo_churn_rate"], Decimal(theirs["churn_rate"]))
    assert _near(ours["gross_revenue_churn_rate"], Decimal(theirs["mrr_churn_rate"]))


# Worked examples A35 and A36: the same file, month ends.
ROLL_FORWARD = {
    "2018-05-01": {"starting": 150, "new": 120, "churn": -80, "ending": 190},
    "2018-06-01": {"starting": 190, "new": 25, "expansion": 30, "contraction": -10, "ending": 235},
    "2018-09-01": {"starting": 260, "new": 30, "reactivation": 50, "ending": 340},
    "2018-12-01": {"starting": 575, "new": 25, "expansion": 50, "contraction": -65, "ending": 585},
}
RETENTION = {
    "2018-05-01": ("0.4667", "0.4667"),
    "2018-06-01": ("1.1053", "0.9474"),
    "2018-12-01": ("0.9739", "0.8870"),
}


@pytest.mark.parametrize("month", ROLL_FORWARD)
def test_worked_example_a35(playbook: Loaded, month: str) -> None:
    (row,) = playbook.warehouse.rows(
        "select * from marts.fct_mrr_roll_forward "
        "where grain = 'month' and segment_name = 'all' and period_start = ?",
        [month],
    )
    named = ROLL_FORWARD[month]
    parts = ("starting", "new", "reactivation", "expansion", "contraction", "churn", "fx", "ending")
    assert {part: row[f"{part}_mrr_amount"] for part in parts} == {
        part: named.get(part, 0) for part in parts
    }


@pytest.mark.parametrize("month", RETENTION)
def test_worked_example_a36(playbook: Loaded, month: str) -> None:
    row = _retention(playbook, "month")[month]
    rates = (row["net_revenue_retention_ratio"], row["gross_revenue_retention_rate"])
    shown = tuple(str(rate.quantize(Decimal("0.0001"), ROUND_HALF_UP)) for rate in rates)
    assert shown == RETENTION[month]


def _near(value: Decimal | None, reference: Decimal | None) -> bool:
    """Equal to nine digits, which is what a reference in floats can say."""
    if value is None or reference is None:
        return value is reference
    return abs(value - reference) < Decimal("1e-9")


def _month_later(day: str) -> str:
    """Their snapshot on the first of a month, what starts that day included, is our close of it."""
    year, month = int(day[:4]), int(day[5:7])
    return f"{year + month // 12}-{month % 12 + 1:02}-01"


def _fightchurn(playbook: Loaded) -> dict[str, dict[str, str]]:
    rows = playbook.reference("expected_fightchurn_sql_monthly.csv")
    return {_month_later(row["from_date"]): row for row in rows}


def _nrr_of_customer_months(playbook: Loaded) -> dict[str, Decimal | None]:
    """The package's own customer months: what last month's payers pay, by what they paid."""
    start: dict[str, Decimal] = {}
    kept: dict[str, Decimal] = {}
    for row in playbook.reference("expected_mrr_fullspine2017.csv"):
        month, before = row["date_month"][:10], Decimal(row["previous_month_mrr"])
        start[month] = start.get(month, Decimal(0)) + before
        kept[month] = kept.get(month, Decimal(0)) + (Decimal(row["mrr"]) if before else 0)
    return {month: kept[month] / start[month] if start[month] else None for month in start}


def _retention(playbook: Loaded, grain: str) -> dict[str, dict[str, Any]]:
    rows = playbook.warehouse.rows(
        "select * from marts.fct_retention where grain = ? and segment_name = 'all'", [grain]
    )
    return {str(row["period_start"]): row for row in rows}
