"""The same raw data give the same bytes, whatever the way they came (metrics.md, section 13).

Each way is a source of its own in one landing, and the published rows of each are compared by checksum.
Three nights cut most stories in two: a night does not know the end of a period that is still to come.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from orchestration.ingestion.compaction import compact
from tests.building.dbt_slot import DbtSlot, Warehouse
from tests.building.raw_files import Company, Rows, known_by, rows_of_stories, since
from tests.integration.ways_of_delivery import NIGHTS, SECOND, WAYS, Known

pytestmark = pytest.mark.slow

# An evening after the second night.
EARLY = "2025-03-20 12:00:00"
# What was known on an evening after the second night, in one export of that night.
EVENING = "evening"


@pytest.fixture(scope="module")
def landing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All ways in one landing, its past months merged."""
    root = tmp_path_factory.mktemp("ways")
    for way, deliver in WAYS.items():
        deliver(Company(root, f"way_{way}"), _known(f"way_{way}"))
    evening = Company(root, f"way_{EVENING}")
    evening.load(evening.export(_known(evening.source_id).full[1], "all"), SECOND)
    landing_dir = evening.settings.landing_dir
    merged = [compact(landing_dir, name, date(2026, 1, 1)) for name in _known("x").full[-1]]
    assert ["2025-03", "2025-12"] in merged
    return landing_dir


def _known(source_id: str) -> Known:
    objects = rows_of_stories()
    objects["crm_accounts"] = [
        {**row, "industry": f"{source_id}.{row['industry']}"} for row in objects["crm_accounts"]
    ]
    full = (known_by(objects, NIGHTS[0]), known_by(objects, NIGHTS[1]), objects)
    before: tuple[dict[str, Rows], ...] = ({}, *full)
    return Known(full, tuple(since(now, then) for now, then in zip(full, before, strict=False)))


@pytest.fixture(scope="module")
def built(landing: Path, dbt_slot: DbtSlot) -> Warehouse:
    return dbt_slot.build(landing)


@pytest.fixture(scope="module")
def early(built: Warehouse, landing: Path, dbt_slot: DbtSlot) -> Warehouse:
    """As of the evening, with all that came later in the landing; `built` has been queried by then."""
    return dbt_slot.build(landing, policy={"as_of": EARLY})


@pytest.fixture(scope="module")
def sums(built: Warehouse) -> dict[str, dict[str, str]]:
    """Checksums of every way, taken before the next build takes the warehouse's place."""
    return {way: checksums(built, way) for way in WAYS}


def checksums(warehouse: Warehouse, way: str) -> dict[str, str]:
    """One checksum of each mart: the rows of a way in a fixed order, without its name."""
    name = f"way_{way}"
    tables = warehouse.rows(
        "select table_name as mart, list(column_name) as columns from information_schema.columns "
        "where table_schema = 'marts' group by all"
    )
    found = {}
    for table in tables:
        if "customer_id" in table["columns"]:
            own = f"starts_with(customer_id, '{name}:')"
        elif "segment_value" in table["columns"]:
            own = f"segment_name = 'industry' and starts_with(segment_value, '{name}.')"
        else:
            continue  # a total over all sources
        found[table["mart"]] = warehouse.value(
            "select count(*) || ' ' || coalesce(md5(string_agg(text, chr(10) order by text)), '') from "
            f"(select replace(cast(t as varchar), '{name}', '') as text from marts.{table['mart']} as t "
            f"where {own})"
        )
    return found


def test_every_mart_of_customers_or_segments_has_rows(sums: dict[str, dict[str, str]]) -> None:
    filled = {mart for mart, checksum in sums["once"].items() if not checksum.startswith("0 ")}
    assert filled >= {
        "dim_customers", "fct_subscription_item_mrr", "fct_mrr_changes", "fct_mrr_movements",
        "fct_mrr_roll_forward", "fct_retention", "fct_metrics", "fct_cancellations_scheduled",
    }  # fmt: skip


@pytest.mark.parametrize("way", [way for way in WAYS if way != "once"])
def test_the_way_does_not_matter(sums: dict[str, dict[str, str]], way: str) -> None:
    assert sums[way] == sums["once"]


def test_earlier_as_of_with_later_data_present(
    sums: dict[str, dict[str, str]], early: Warehouse
) -> None:
    """What was measured on the evening is measured again when much more is known."""
    then = checksums(early, EVENING)
    assert then != sums["once"]
    for way in ("nightly", "compacted"):
        assert checksums(early, way) == then, way
