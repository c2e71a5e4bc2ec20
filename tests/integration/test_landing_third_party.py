"""The mappings of third-party data land every row, once, with the values that the files hold."""

from __future__ import annotations

import os
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from orchestration.ingestion.diagnose import diagnose
from orchestration.ingestion.ingest import IngestReport, ingest
from orchestration.ingestion.mapping_parser import load_mapping
from orchestration.ingestion.propose import propose_mapping
from orchestration.settings import PROJECT_ROOT, Settings

# ruff: noqa: DTZ001 - instants are naive UTC throughout the landing

MAPPINGS = PROJECT_ROOT / "tests" / "third_party" / "mappings"
DATA = Path(os.environ.get("TENURE_THIRD_PARTY_DATA", PROJECT_ROOT / "../shared/data")).resolve()

pytestmark = pytest.mark.skipif(
    not DATA.is_dir(), reason="no third-party data: set TENURE_THIRD_PARTY_DATA to its folder"
)


def load(name: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[IngestReport, Settings]:
    monkeypatch.setenv("TENURE_THIRD_PARTY_DATA", str(DATA))
    mapping = load_mapping(MAPPINGS / f"{name}.yml")
    settings = Settings(data_dir=folder, threads=1)
    assert diagnose(mapping).problems == ()
    report = ingest(mapping, settings, datetime(2024, 1, 1))
    assert report.is_ok, report.failures
    assert report.total("rows_quarantined") == 0
    again = ingest(mapping, settings, datetime(2024, 1, 2))
    assert {result.status for result in again.results} == {"unchanged"}
    return report, settings


def rows(settings: Settings, name: str, query: str) -> list[tuple[object, ...]]:
    files = f"{settings.landing_dir}/{name}/**/*.parquet"
    with duckdb.connect() as connection:
        connection.execute(
            f"create view landed as from read_parquet('{files}', union_by_name=true, hive_partitioning=false)"
        )
        return connection.execute(query).fetchall()


def test_mrr_playbook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _, settings = load("mrr_playbook", tmp_path, monkeypatch)
    found = rows(
        settings,
        "billing_subscription_periods",
        "select count(*), count(distinct customer_id), sum(amount_minor) from landed",
    )
    with duckdb.connect() as connection:
        file = DATA / "mrr_playbook" / "subscription_periods.csv"
        expected = connection.execute(
            f"select count(*), count(distinct customer_id), sum(monthly_amount) * 100 from '{file}'"
        ).fetchall()
    assert found == expected
    assert found[0][:2] == (121, 55)


def test_foodie_fi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    report, settings = load("foodie_fi", tmp_path, monkeypatch)
    assert report.result("billing_customers").total("rows_landed") == 1000
    assert report.result("billing_subscription_items").total("rows_filtered") == 307
    prices = rows(
        settings,
        "billing_prices",
        "select price_id, unit_amount_minor, billing_interval from landed order by 1",
    )
    assert prices == [
        ("0", Decimal(0), "month"), ("1", Decimal(990), "month"), ("2", Decimal(1990), "month"),
        ("3", Decimal(19900), "year"),
    ]  # fmt: skip
    states = rows(
        settings,
        "billing_subscriptions",
        "select status, count(*), count(ended_at) from landed group by 1 order by 1",
    )
    assert states == [("active", 1343, 0), ("canceled", 307, 307), ("trialing", 1000, 0)]
    one = rows(
        settings,
        "billing_subscriptions",
        "select updated_at::date::varchar, start_at::date::varchar from landed where customer_id = '1' order by 1",
    )
    assert one == [("2020-08-01", "2020-08-01"), ("2020-08-08", "2020-08-01")]


def test_fightchurn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    report, settings = load("fightchurn_socialnet7", tmp_path, monkeypatch)
    assert report.result("billing_subscription_periods").total("rows_landed") == 1708
    assert report.result("billing_customers").total("rows_landed") == 441
    found = rows(
        settings,
        "usage_events",
        "select count(*), count(distinct event_id), count(distinct event_name) from landed",
    )
    assert found == [(543_679, 543_679, 8)]
    names = DATA / "fightchurn_socialnet7" / "event_type.csv"
    events = DATA / "fightchurn_socialnet7" / "event.parquet"
    with duckdb.connect() as connection:
        expected = connection.execute(
            f"select event_type_name, count(*) from '{events}' join '{names}' using (event_type_id) group by 1 order by 1"
        ).fetchall()
    assert (
        rows(
            settings,
            "usage_events",
            "select event_name, count(*) from landed group by 1 order by 1",
        )
        == expected
    )


def test_proposals_find_the_objects(tmp_path: Path) -> None:
    for name, objects in (
        ("mrr_playbook", {"billing_subscription_periods"}),
        ("fightchurn_socialnet7", {"billing_subscription_periods", "usage_events"}),
        ("foodie_fi", {"billing_subscriptions", "billing_products", "billing_prices"}),
    ):
        text, _ = propose_mapping(DATA / name)
        for wanted in objects:
            assert f"\n  {wanted}:\n" in text
        if name == "mrr_playbook":
            (tmp_path / "mapping.yml").write_text(text)
            assert diagnose(load_mapping(tmp_path / "mapping.yml")).problems == ()
