"""The pipeline's own loader reads the simulated company: types, units, words and dates come out right."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import pytest

from orchestration.ingestion.ingest import IngestReport, ingest
from orchestration.ingestion.mapping_parser import load_mapping
from orchestration.ingestion.simulation import SimulationConfig, simulate
from orchestration.settings import Settings

pytestmark = pytest.mark.slow

CONFIG = SimulationConfig(seed=5, customers=120, start=date(2024, 1, 15), months=14, events=4000)
STARTER_PRICES = (
    "select distinct cast(unit_amount_minor as int) from billing_prices "
    "where price_id in ('price_starter_month_usd', 'price_starter_month_eur', "
    "'price_starter_month_jpy', 'price_starter_month_kwd') order by 1"
)
INVOICES_AND_LINES = (
    "with l as (select invoice_id, sum(amount_minor) total from (select distinct invoice_line_id, "
    "invoice_id, amount_minor from billing_invoice_lines) group by all), i as (select distinct "
    "invoice_id, total_amount_minor total from billing_invoices) select count(*) > 100, "
    "count(*) filter (l.total <> i.total) from i join l using (invoice_id)"
)


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="module")
def loaded(data_dir: Path) -> IngestReport:
    settings = Settings(data_dir=data_dir, threads=1, memory_limit="1GB")
    report = simulate(CONFIG, settings.simulated_dir)
    return ingest(load_mapping(report.mapping), settings, report.data_through.replace(tzinfo=None))


@pytest.fixture(scope="module")
def landing(data_dir: Path, loaded: IngestReport) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        for result in loaded.results:
            files = data_dir / "landing" / result.object / "**" / "*.parquet"
            connection.execute(
                f"create view {result.object} as select * from read_parquet('{files}', "
                "union_by_name = true, hive_partitioning = false)"
            )
        yield connection


def test_everything_is_loaded_but_a_handful_of_rows(loaded: IngestReport) -> None:
    assert [result.line() for result in loaded.failures] == []
    assert len(loaded.results) == 29
    assert all(result.total("rows_landed") > 0 for result in loaded.results)
    assert 3 <= loaded.total("rows_quarantined") <= 10
    assert loaded.result("billing_coupons").total("rows_deleted") == 1


def test_instants_of_delivery_come_from_the_file_names(landing: duckdb.DuckDBPyConnection) -> None:
    row = landing.execute(
        "select min(_loaded_at), max(_loaded_at), count(distinct _loaded_at), "
        "bool_and(received_at < _loaded_at) from usage_events"
    ).fetchone()
    assert row is not None
    assert (row[0].date(), row[1].date()) == (CONFIG.history_date, CONFIG.end)
    assert row[2] == 15
    assert row[3] is True


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        (
            STARTER_PRICES,
            [(1080,), (1200,), (1800,), (3720,)],
        ),
        ("select cast(unit_amount_minor as double) from billing_prices where price_id = 'price_api_calls_month_usd'", [(0.5,)]),
        ("select distinct end_date - start_date in (365, 366) from crm_contracts", [(True,)]),
        ("select distinct extract(day from service_end_date), service_end_date > service_start_date from cost_ledger", [(15, True)]),
        ("select count(*) > 0, bool_and(extract(hour from sent_at) between 9 and 14) from survey_sends where survey_id = 'svy_nps'", [(True, True)]),
        ("select distinct priority from support_tickets where priority is not null order by 1", [("high",), ("low",), ("normal",), ("urgent",)]),
        ("select distinct channel from survey_sends", [("email",)]),
        (
            INVOICES_AND_LINES,
            [(True, 0)],
        ),
    ],
)  # fmt: skip
def test_values_arrive_in_the_contract_units(
    landing: duckdb.DuckDBPyConnection, query: str, wanted: list[tuple[object, ...]]
) -> None:
    assert landing.execute(query).fetchall() == wanted


def test_the_smallest_company_loads_as_well(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, threads=1, memory_limit="1GB")
    config = SimulationConfig(seed=9, customers=1, start=date(2024, 1, 31), months=1, events=50)
    report = simulate(config, settings.simulated_dir)
    loaded = ingest(
        load_mapping(report.mapping), settings, report.data_through.replace(tzinfo=None)
    )
    assert [result.line() for result in loaded.failures] == []
