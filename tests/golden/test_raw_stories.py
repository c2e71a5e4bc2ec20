"""Stories told by the files of a billing system: loaded in the real way, then built in one dbt build.

What finance expects is what the marts publish, what did not get in lies in quarantine with everything
that is needed to put it right, and every row that was read is accounted for.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from data_quality.gates import run_gate
from data_quality.results import GateResult
from data_quality.workspace import GateInputs
from orchestration.ingestion.ingest import IngestReport, ingest
from orchestration.ingestion.mapping_parser import load_mapping
from orchestration.settings import PROJECT_ROOT, Settings
from tests.building.dbt_slot import AS_OF, REVENUE_MARTS, DbtSlot, Warehouse
from tests.building.expectations import published, shown
from tests.building.raw_stories import (
    RawStory,
    load_counts,
    quarantined,
    read_raw_story,
)
from tests.building.stories import HOLDERS

pytestmark = pytest.mark.slow

FOLDER = Path(__file__).parent / "raw_stories"
STORIES = {path.name: read_raw_story(path) for path in sorted(FOLDER.iterdir())}
SOURCES = [(story, source) for story in STORIES.values() for source in story.sources]
STRIPE = STORIES["stripe_old_and_new_shape"]


@dataclass(frozen=True)
class Told:
    """All raw stories after their loads: the data folder, each source's reports, the marts."""

    data: Path
    reports: dict[str, list[IngestReport]]
    warehouse: Warehouse


@pytest.fixture(scope="module")
def told(dbt_slot: DbtSlot, tmp_path_factory: pytest.TempPathFactory) -> Told:
    data, scratch = tmp_path_factory.mktemp("told") / "data", tmp_path_factory.mktemp("mappings")
    reports = {}
    for story, source in SOURCES:
        reports[source] = story.load(source, data, scratch)
        for report in reports[source]:
            assert report.is_ok, [result.line() for result in report.failures]
        _put_customers_in_the_industry_of_their_source(source, data, scratch)
    marts = sorted({mart for story in STORIES.values() for mart in story.marts})
    select = [*REVENUE_MARTS, *(f"+{mart}" for mart in marts)]
    built = dbt_slot.build(data / "landing", select=select)
    return Told(data, reports, built)


def _put_customers_in_the_industry_of_their_source(source: str, data: Path, scratch: Path) -> None:
    """Gives each customer a CRM account, so that a source's totals are rows of the published marts."""
    held = " union ".join(
        f"select customer_id from read_parquet('{data}/landing/{name}/**/*.parquet', union_by_name = true, "
        f"hive_partitioning = false) where _source_id = '{source}'"
        for name in HOLDERS
    )
    with duckdb.connect() as connection:
        customers = [customer for (customer,) in connection.execute(held).fetchall()]
    with (scratch / f"{source}.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["id", "industry"], *([name, source] for name in customers)])
    columns = {
        "account_id": "id",
        "customer_id": "id",
        "industry": "industry",
        "created_at": {"constant": "2000-01-01"},
    }
    objects = {"crm_accounts": {"files": f"{source}.csv", "columns": columns}}
    mapping = scratch / f"{source}-accounts.yml"
    mapping.write_text(
        yaml.safe_dump({"version": 1, "source_id": source, "root": ".", "objects": objects})
    )
    assert ingest(
        load_mapping(mapping), Settings(data_dir=data), datetime.fromisoformat(AS_OF)
    ).is_ok


@pytest.mark.parametrize(
    ("story", "source", "mart"),
    [
        pytest.param(story, source, mart, id=f"{source}-{mart}")
        for story, source in SOURCES
        for mart in story.marts
    ],
)
def test_marts(told: Told, story: RawStory, source: str, mart: str) -> None:
    expected = story.marts[mart]
    actual = published(told.warehouse, source, mart, expected)
    assert shown(actual, expected) == shown(expected, expected)


@pytest.mark.parametrize("story", STORIES.values(), ids=STORIES)
def test_story_is_told(story: RawStory) -> None:
    text = (story.folder / "story.md").read_text(encoding="utf-8")
    assert text.startswith("# ")
    assert "Expected:" in text


def _without_source(row: dict[str, Any], source: str) -> tuple[Any, ...]:
    """A published row without the name of its source, wherever that stands."""
    return tuple(
        value.replace(f"{source}:", "").replace(source, "-") if isinstance(value, str) else value
        for value in row.values()
    )


def _published_of(rows: list[dict[str, Any]], source: str) -> list[tuple[Any, ...]]:
    """All that a source publishes in a mart: rows of its customers, and of its industry."""
    own = _joined([row for row in rows if any(_names(value, source) for value in row.values())])
    return sorted((_without_source(row, source) for row in own), key=repr)


def _joined(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Intervals of one item that follow one another and say the same, as one interval."""
    if not rows or "valid_from_at" not in rows[0]:
        return rows
    joined: list[dict[str, Any]] = []
    for row in sorted(rows, key=lambda row: (row["subscription_item_id"], row["valid_from_at"])):
        last = joined[-1] if joined else {}
        if {**row, "valid_from_at": last.get("valid_from_at"), "valid_to_at": None} == {
            **last, "valid_to_at": None
        } and last["valid_to_at"] == row["valid_from_at"]:  # fmt: skip
            last["valid_to_at"] = row["valid_to_at"]
        else:
            joined.append(dict(row))
    return joined


def _names(value: Any, source: str) -> bool:
    return isinstance(value, str) and (value == source or value.startswith(f"{source}:"))


def _marts_by_source(warehouse: Warehouse) -> Sequence[str]:
    tables = warehouse.rows(
        "select table_name as name from information_schema.columns where table_schema = 'marts' "
        "and column_name in ('customer_id', 'segment_value') group by all order by all"
    )
    return [row["name"] for row in tables]


def test_both_shapes_of_stripe_publish_the_same_cell_by_cell(told: Told) -> None:
    tables = _marts_by_source(told.warehouse)
    filled = set()
    for table in tables:
        rows = told.warehouse.rows(f"select * from marts.{table}")
        before, *others = (_published_of(rows, source) for source in STRIPE.sources)
        filled |= {table} if before else set()
        for other in others:
            assert other == before, table
    assert filled >= {"fct_subscription_item_mrr", "fct_retention", "fct_revenue", "dim_customers"}


@pytest.mark.parametrize(
    ("story", "source"),
    [pytest.param(*case, id=case[1]) for case in SOURCES if "quarantine" in case[0].expected],
)
def test_what_did_not_get_in_can_be_put_right(told: Told, story: RawStory, source: str) -> None:
    expected = story.expected["quarantine"]
    actual = quarantined(told.data, source)
    assert shown(actual, expected) == shown(expected, expected)


@pytest.mark.parametrize(
    ("story", "source"),
    [pytest.param(*case, id=case[1]) for case in SOURCES if "loads" in case[0].expected],
)
def test_every_row_that_was_read_is_accounted_for(told: Told, story: RawStory, source: str) -> None:
    expected = story.expected["loads"]
    actual = load_counts(told.reports[source])
    assert shown(actual, expected) == shown(expected, expected)


def test_discounts_of_the_versions_in_between_hold_their_coupon(tmp_path: Path) -> None:
    """From 2025-03-31 until 2025-09-30 a discount held the coupon itself."""
    mapping = load_mapping(PROJECT_ROOT / "docs" / "mappings" / "stripe_since_2025_03_31.yml")
    (path,) = STRIPE.folder.glob("since/2025-01-31*/subscriptions.jsonl")
    newest, held = '"source":{"coupon":"partner20","type":"coupon"}', '"coupon":{"id":"partner20"}'
    text = path.read_text(encoding="utf-8")
    assert newest in text
    for version, exported in (("newest", text), ("between", text.replace(newest, held))):
        copy = tmp_path / version / path.relative_to(STRIPE.folder / "since")
        copy.parent.mkdir(parents=True)
        copy.write_text(exported, encoding="utf-8")
        settings = Settings(data_dir=tmp_path / version / "data")
        at = datetime.fromisoformat(AS_OF)
        report = ingest(
            replace(mapping, root=tmp_path / version), settings, at, objects=["billing_discounts"]
        )
        assert (report.is_ok, report.total("rows_landed")) == (True, 1)
        files = f"{settings.landing_dir}/billing_discounts/load_id=*/*.parquet"
        with duckdb.connect() as connection:
            found = connection.execute(f"select coupon_id from read_parquet('{files}')").fetchall()
        assert found == [("partner20",)]


def raw_gate(source: str, folder: Path) -> GateResult:
    """What the raw gate says after the loads of one source, alone in a landing."""
    story = next(story for story, name in SOURCES if name == source)
    data = folder / "data"
    story.load(source, data, folder)
    instant = datetime.fromisoformat(AS_OF).replace(tzinfo=UTC)
    return run_gate(
        "raw", GateInputs(as_of=instant, known_at=instant, landing_dir=data / "landing")
    )


def _broken(result: GateResult) -> dict[str, str]:
    assert not [check.message for check in result.checks if check.crashed]
    return {check.rule: check.message for check in result.checks if not check.success}


def test_unknown_words_stop_the_run_by_name(tmp_path: Path) -> None:
    result = raw_gate("unknown_words", tmp_path)
    assert not result.passed
    message = _broken(result)["every word of a column with allowed values is known"]
    for words in (
        "column_name=currency_code, value=EURO, file=prices.csv, first_row=2",
        "column_name=billing_interval, value=fortnight, file=prices.csv, first_row=3",
        "column_name=status, value=zombie, file=subscriptions.csv, first_row=4",
    ):
        assert words in message


@pytest.mark.parametrize(
    "source",
    ["unknown_words_translated", "one_bad_row_among_many", "a_status_unknown_for_one_night"],
)
def test_the_run_goes_on(source: str, tmp_path: Path) -> None:
    result = raw_gate(source, tmp_path)
    assert result.passed, _broken(result)
    assert ("no row is in quarantine" in _broken(result)) == (source == "one_bad_row_among_many")
