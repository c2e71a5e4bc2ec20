"""Features of a month start use only what was known then, and are the same on every path to them.

A simulated company is loaded night by night in its last months, with rows that come weeks late and
corrections. Rows later than a snapshot are then deleted, or tell something else in another order: no
byte of a feature may change, neither of month starts nor of the weekly snapshots that the card reads. That the comparison can fail is shown with a column that looks ahead.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.ingestion.ingest import ingest
from orchestration.ingestion.mapping_parser import load_mapping
from orchestration.ingestion.simulation import SimulationConfig, simulate
from orchestration.settings import Settings
from tests.building.dbt_slot import DbtSlot
from tests.integration.later_rows import (
    later_count,
    night_by_night,
    retell,
    with_other_later,
    without_later,
)

pytestmark = pytest.mark.slow

COMPANY = SimulationConfig(seed=11, customers=120, start=date(2024, 1, 1), months=16, events=60_000)
AS_OF = "2025-05-01 00:00:00"
HISTORY_ENDS = date(2025, 2, 10)
# One is in the history, one among the nights.
CUTS = {"history": date(2024, 11, 1), "nights": date(2025, 3, 1)}
FEATURES = "columns(c -> c not in ('fingerprint', 'is_settled'))"
KEPT, MEASURED = "int_churn_months_kept", "int_health_snapshots_measured"
Rows = list[tuple[object, ...]]


class Company:
    """A simulated company in a dbt slot of its own, and warehouses built of tellings of it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.slot = DbtSlot(root)
        settings = Settings(data_dir=root / "data")
        mapping = load_mapping(simulate(COMPANY, root / "raw").mapping)
        ingest(mapping, settings, datetime.fromisoformat(AS_OF))
        self.landing = retell(settings.landing_dir, root / "nightly", night_by_night(HISTORY_ENDS))

    def build(self, name: str, landing: Path, *as_ofs: str, **policy: str) -> Path:
        """A warehouse built for one instant after another; the last of them is looked at."""
        self.slot.landing.unlink(missing_ok=True)
        self.slot.landing.symlink_to(landing)
        self.slot.warehouse.unlink(missing_ok=True)
        for as_of in as_ofs:
            self.run("+int_churn_snapshots", as_of, **policy)
        built = self.root / f"{name}.duckdb"
        shutil.move(self.slot.warehouse, built)
        return built

    def run(self, select: str, as_of: str, **policy: str) -> None:
        kinds = ("--exclude-resource-type", "unit_test", "--exclude-resource-type", "test")
        instants: Mapping[str, Any] = {"as_of": as_of, "known_at": as_of, **policy}
        self.slot.dbt("build", *kinds, "--select", select, policy=instants)


def features(warehouse: Path, until: date, table: str = KEPT) -> tuple[list[str], Rows]:
    """Names of the features, and every row of every snapshot until then."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        cursor = connection.execute(
            f"select {FEATURES} from intermediate.{table} "
            "where as_of_date <= ? order by as_of_date, customer_id",
            [until],
        )
        return [column[0] for column in cursor.description or []], cursor.fetchall()


def changed_columns(one: Path, other: Path, until: date, table: str = KEPT) -> set[str]:
    """Features that differ in any row, or `rows` where other rows are there."""
    names, rows = features(one, until, table)
    other_names, other_rows = features(other, until, table)
    assert names == other_names
    if len(rows) != len(other_rows):
        return {"rows"}
    return {
        name
        for row, other_row in zip(rows, other_rows, strict=True)
        for name, value, other_value in zip(names, row, other_row, strict=True)
        if repr(value) != repr(other_value)
    }


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Company:
    return Company(tmp_path_factory.mktemp("leakage"))


@pytest.fixture(scope="module")
def base(company: Company) -> Path:
    return company.build("base", company.landing, AS_OF)


@pytest.fixture(scope="module")
def deleted(company: Company) -> dict[str, Path]:
    return {
        name: company.build(
            f"deleted_{name}",
            retell(company.landing, company.root / f"deleted_{name}", without_later(at)),
            AS_OF,
        )
        for name, at in CUTS.items()
    }


def test_the_company_has_something_to_tell(company: Company, base: Path) -> None:
    for name in ("usage_events", "support_tickets", "billing_subscriptions", "crm_contracts"):
        assert later_count(company.landing, name, CUTS["nights"]) > 5, name
    names, rows = features(base, CUTS["nights"])
    assert len({row[names.index("as_of_date")] for row in rows}) == 14
    assert len(rows) > 300


@pytest.mark.parametrize("cut", CUTS)
def test_without_later_rows_features_are_the_same(
    base: Path, deleted: Mapping[str, Path], cut: str
) -> None:
    for table in (KEPT, MEASURED):
        assert changed_columns(base, deleted[cut], CUTS[cut], table) == set(), table


@pytest.mark.parametrize("cut", CUTS)
def test_other_later_rows_leave_features_as_they_are(
    company: Company, base: Path, cut: str
) -> None:
    at = CUTS[cut]
    told = retell(company.landing, company.root / f"other_{cut}", with_other_later(at))
    other = company.build(f"other_{cut}", told, AS_OF)
    for table in (KEPT, MEASURED):
        assert changed_columns(base, other, at, table) == set(), table


def test_nights_keep_what_one_build_makes(company: Company, base: Path) -> None:
    # Somebody looks back first; and the loads of a month start go on after its night.
    nights = (
        "2025-04-20 00:00:00",
        "2025-02-20 00:00:00",
        "2025-04-01 00:00:00",
        "2025-04-01 23:00:00",
        AS_OF,
    )
    kept = company.build("kept", company.landing, *nights)
    assert changed_columns(base, kept, date(2025, 5, 1)) == set()
    with duckdb.connect(str(kept), read_only=True) as connection:
        measured = connection.execute(
            "select distinct as_of_date from intermediate.int_health_snapshots_dated where is_month_start"
        ).fetchall()
    # The last night measured the month that was not settled again, and none long past.
    months = {day for (day,) in measured}
    assert date(2025, 4, 1) in months
    assert min(months) > date(2024, 12, 1)


PLANTED = """
left join (
    select ahead.customer_id, ahead.as_of_date, count(tickets.ticket_id) as planted_count
    from {{ ref('int_health_snapshots_dated') }} as ahead
    left join {{ ref('stg_support__tickets') }} as tickets
        on
            ahead.customer_id = tickets.source_id || ':' || tickets.customer_id
            and tickets.created_at >= ahead.snapshot_at
    group by all
) as planted on snapshots.customer_id = planted.customer_id and snapshots.as_of_date = planted.as_of_date
"""


def test_a_column_that_looks_ahead_is_found(
    company: Company, base: Path, deleted: Mapping[str, Path]
) -> None:
    model = company.slot.project / "models/intermediate/health/int_health_snapshots_measured.sql"
    text = model.read_text(encoding="utf-8")
    measure = "support.ticket_ratio,"
    assert measure in text
    model.write_text(
        text.replace(measure, f"{measure}\n    planted.planted_count,") + PLANTED, encoding="utf-8"
    )
    planted = {}
    for name, warehouse in (("base", base), ("deleted", deleted["nights"])):
        landing = company.landing if name == "base" else company.root / "deleted_nights"
        company.slot.landing.unlink()
        company.slot.landing.symlink_to(landing)
        shutil.copy(warehouse, company.slot.warehouse)
        company.run("int_health_months_dated+,+int_churn_months_kept", AS_OF)
        planted[name] = company.root / f"planted_{name}.duckdb"
        shutil.move(company.slot.warehouse, planted[name])
    model.write_text(text, encoding="utf-8")
    found = changed_columns(planted["base"], planted["deleted"], CUTS["nights"])
    assert found == {"planted_count"}
