"""The same raw data give the same bytes, whatever the way they came (metrics.md, section 13)."""

from __future__ import annotations

from datetime import datetime

import pytest

from orchestration.settings import PROJECT_ROOT
from tests.building.dbt_slot import DbtSlot, Warehouse
from tests.building.raw_files import (
    Company,
    known_by,
    rows_of_stories,
    shuffled_and_doubled,
    total,
)

pytestmark = pytest.mark.slow

STORIES = PROJECT_ROOT / "tests" / "golden" / "stories"
# Three nights cut most stories in two; the last is the night of as_of.
NIGHTS = ("2024-06-10 02:00:00", "2025-03-08 02:00:00", "2026-01-01 00:00:00")
EARLY = NIGHTS[1][:10] + " 00:00:00"


def checksums(warehouse: Warehouse) -> dict[str, str]:
    """One checksum for each mart: its columns and its rows, in no order."""
    tables = warehouse.rows(
        "select table_name as name from information_schema.tables where table_schema = 'marts'"
    )
    return {
        table["name"]: warehouse.value(
            f"select md5(string_agg(row_text, chr(10) order by row_text)) as checksum "
            f"from (select cast(marts as varchar) as row_text from marts.{table['name']} as marts)"
        )
        for table in tables
    }


def _company(tmp_path_factory: pytest.TempPathFactory, name: str) -> Company:
    return Company(tmp_path_factory.mktemp(name))


def _build(slot: DbtSlot, company: Company, **policy: str) -> Warehouse:
    return slot.build(company.settings.landing_dir, policy=policy)


@pytest.fixture(scope="module")
def once(dbt_slot: DbtSlot, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """All rows in one export, loaded once."""
    company = _company(tmp_path_factory, "once")
    mapping = company.export(rows_of_stories(STORIES), "all")
    company.load(mapping, datetime.fromisoformat(NIGHTS[-1]))
    return _build(dbt_slot, company)


def test_marts_hold_rows(once: Warehouse) -> None:
    assert len(checksums(once)) >= 9
    assert once.value("select count(*) as n from marts.fct_mrr_movements") > 100


@pytest.fixture(scope="module")
def nightly(tmp_path_factory: pytest.TempPathFactory) -> Company:
    """Each night a full export of what was known, and every night is loaded twice."""
    company = _company(tmp_path_factory, "nightly")
    objects = rows_of_stories(STORIES)
    for number, night in enumerate(NIGHTS):
        at = datetime.fromisoformat(night)
        known = objects if night == NIGHTS[-1] else known_by(objects, night)
        landed = company.load(company.export(known, f"night-{number}"), at)
        assert landed.total("rows_landed") > 0
        # The same night again, under other file names: nothing may be landed.
        again = company.load(company.export(known, f"night-{number}-again"), at)
        assert again.total("rows_landed") == 0
        assert again.total("rows_quarantined") == 0
    return company


def test_night_by_night_and_each_twice(
    once: Warehouse, nightly: Company, dbt_slot: DbtSlot
) -> None:
    assert checksums(_build(dbt_slot, nightly)) == checksums(once)


def test_shuffled_and_doubled(
    once: Warehouse, dbt_slot: DbtSlot, tmp_path_factory: pytest.TempPathFactory
) -> None:
    company = _company(tmp_path_factory, "mixed")
    mixed = shuffled_and_doubled(rows_of_stories(STORIES), seed=7)
    report = company.load(company.export(mixed, "all"), datetime.fromisoformat(NIGHTS[-1]))
    assert total([report], "rows_quarantined") == 0
    assert checksums(_build(dbt_slot, company)) == checksums(once)


def test_earlier_as_of_with_later_data_present(
    nightly: Company, dbt_slot: DbtSlot, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """What was measured as of an evening in March is measured again when much more is known."""
    early = _company(tmp_path_factory, "early")
    objects = known_by(rows_of_stories(STORIES), EARLY)
    early.load(early.export(objects, "early"), datetime.fromisoformat(EARLY))
    then = checksums(_build(dbt_slot, early, as_of=EARLY))
    assert checksums(_build(dbt_slot, nightly, as_of=EARLY)) == then
